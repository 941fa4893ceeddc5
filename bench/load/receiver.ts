import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ReceivedSpan } from './spans.ts';

/** `refuse`: nobody listens; `hang`: no answer; `reset`: the connection is cut; a number: that status. */
export type Behaviour = 'ok' | 'refuse' | 'hang' | 'reset' | 429 | 500;

export interface Received {
  /** Accepted requests. */
  requests: number;
  /** Requests that came while it did not accept. */
  refused: number;
  /** Of the accepted traces as they came over the wire, without HTTP headers. */
  bytes: number;
  spans: number;
  /** Of what is no traces: metrics, logs. */
  otherBytes: number;
  /** Unix time in milliseconds of the last accepted request. */
  lastAt: number;
}

export type Command = { what: 'received' | 'spans' | 'clear' } | { what: 'behave'; behaviour: Behaviour };

export interface Receiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  received(): Promise<Received>;
  /** All that was accepted since the start or the last `clear`, where it is kept. */
  spans(): Promise<ReceivedSpan[]>;
  clear(): Promise<void>;
  behave(behaviour: Behaviour): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts an OTLP/HTTP receiver (protobuf, gzip or not) in a process of its own, so that its work is not in what is measured.
 * @param keep remember what was accepted; its bodies are decoded only when they are asked for
 */
export const startReceiver = async ({ keep = false } = {}): Promise<Receiver> => {
  const child = fork(new URL('./receiver-process.ts', import.meta.url), [keep ? 'keep' : 'count'], {
    serialization: 'advanced',
  });
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the receiver of the benchmark has ended')));
  const next = async (): Promise<unknown> => {
    const [{ result, error }] = (await once(child, 'message', { signal: ended.signal })) as [
      { result?: unknown; error?: string },
    ];
    if (error !== undefined) throw new Error(`the receiver of the benchmark: ${error}`);
    return result;
  };
  let last: Promise<unknown> = next();
  // One at a time: answers carry no name of their question.
  const ask = (command: Command): Promise<unknown> => {
    last = last.then(() => {
      child.send(command);
      return next();
    });
    return last;
  };
  const port = await last;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    received: async () => (await ask({ what: 'received' })) as Received,
    spans: async () => (await ask({ what: 'spans' })) as ReceivedSpan[],
    clear: async () => void (await ask({ what: 'clear' })),
    behave: async (behaviour) => void (await ask({ what: 'behave', behaviour })),
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
};
