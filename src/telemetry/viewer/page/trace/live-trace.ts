import { useEffect, useState } from 'preact/hooks';
import { writeFilter } from '../../model/filter.ts';
import type { RunningSpan, TraceSummary } from '../../model/summary.ts';
import type { ViewerTrace } from '../../model/trace.ts';
import { ApiError, fetchTrace } from '../shared/api.ts';
import { followTraces, type StreamState, type TraceStream } from '../shared/trace-stream.ts';

export type LiveTrace =
  | { state: 'loading' }
  /** Not held; shown as soon as it comes. */
  | { state: 'absent' }
  | { state: 'failed'; problem: string }
  | {
      state: 'here';
      trace: ViewerTrace;
      /** As the list has it: known before the root ends. */
      name: string;
      /** Whether its root has ended. */
      complete: boolean;
      /** What is known to run in it. */
      running: readonly RunningSpan[];
      /** Whether the server has forgotten it meanwhile. */
      gone: boolean;
      /** Whether the server is away, so that there may be more of it. */
      lost: boolean;
    };

/** Reads a trace and again whenever the server says that there is more of it. */
class TraceFollower {
  readonly #traceId: string;
  readonly #tell: (trace: LiveTrace) => void;
  readonly #ended = new AbortController();
  #stream: TraceStream | undefined;
  #seen = '';
  /** As the list had it last. */
  #summary: Pick<TraceSummary, 'complete' | 'name' | 'running'> = { complete: false, name: '', running: [] };
  #here: Extract<LiveTrace, { state: 'here' }> | undefined;
  #reading = false;
  #isStale = false;

  constructor(traceId: string, tell: (trace: LiveTrace) => void) {
    this.#traceId = traceId;
    this.#tell = tell;
    document.addEventListener('visibilitychange', this.#follow, { signal: this.#ended.signal });
    this.#follow();
  }

  close(): void {
    this.#ended.abort();
    this.#stream?.close();
  }

  // A browser has six connections to a server, for all tabs: one that nobody looks at does without.
  #follow = (): void => {
    if (document.hidden && this.#here) {
      this.#stream?.close();
      this.#stream = undefined;
      return;
    }
    if (this.#stream) return;
    this.#stream = followTraces(writeFilter({ traceId: this.#traceId }), {
      onList: ({ traces }) => {
        if (!this.#took(traces)) this.#lost('absent');
      },
      onChanges: ({ traces, gone }) => {
        if (!this.#took(traces) && gone.includes(this.#traceId)) this.#lost('absent');
      },
      onState: this.#heard,
    });
  };

  #heard = (stream: StreamState): void => {
    if (stream.kind === 'refused') this.#lost('failed', stream.error.message);
    else if (stream.kind === 'lost') this.#lost('failed', 'The server cannot be reached. Trying again.');
    else if (stream.kind === 'open' && this.#here?.lost) this.#show({ ...this.#here, lost: false });
  };

  /** What was read stays in sight when there is no more to come. */
  #lost(state: 'absent' | 'failed', problem = ''): void {
    if (!this.#here) this.#tell(state === 'absent' ? { state } : { state, problem });
    else this.#show({ ...this.#here, ...(state === 'absent' ? { gone: true } : { lost: true }) });
  }

  #took(traces: readonly TraceSummary[]): boolean {
    const summary = traces.find(({ traceId }) => traceId === this.#traceId);
    if (!summary) return false;
    const { spans, lines, errors, duration, complete, name, running } = summary;
    const now = JSON.stringify([spans, lines, errors, duration, complete, running]);
    if (now !== this.#seen || this.#here?.gone) {
      this.#seen = now;
      this.#summary = { complete, name, running };
      void this.#read();
    }
    return true;
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#isStale = true;
      return;
    }
    this.#reading = true;
    const began = performance.now();
    const summary = this.#summary;
    try {
      const trace = await fetchTrace(this.#traceId, this.#ended.signal);
      this.#show({ state: 'here', trace, ...summary, gone: false, lost: false });
      // A large trace that changes all the time must leave time to look at it.
      await new Promise((resolve) => setTimeout(resolve, 100 + 3 * (performance.now() - began)));
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#seen = '';
      if (!this.#here) this.#tell(explained(error));
    } finally {
      this.#reading = false;
    }
    if (!this.#isStale || this.#ended.signal.aborted) return;
    this.#isStale = false;
    await this.#read();
  }

  #show(here: Extract<LiveTrace, { state: 'here' }>): void {
    if (this.#ended.signal.aborted) return;
    this.#here = here;
    this.#tell(here);
  }
}

const explained = (error: unknown): LiveTrace =>
  error instanceof ApiError && error.status === 404
    ? { state: 'absent' }
    : { state: 'failed', problem: error instanceof Error ? error.message : String(error) };

/** A trace as it is now. Asks the stream first whether it is held, so that an unknown id is no failed request. */
export const useLiveTrace = (traceId: string): LiveTrace => {
  const [live, setLive] = useState<LiveTrace>({ state: 'loading' });
  useEffect(() => {
    setLive({ state: 'loading' });
    const follower = new TraceFollower(traceId, setLive);
    return () => follower.close();
  }, [traceId]);
  return live;
};
