import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerEvent {
  event: string;
  data: unknown;
}

export interface EventStream {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  events: readonly ServerEvent[];
  /** Whether the server has ended it. */
  readonly ended: boolean;
  /** Waits for an event, also one that has come already. @throws when there is none in time, with those that there are */
  waitFor(matches: (event: ServerEvent) => boolean, timeoutMs?: number): Promise<ServerEvent>;
  pause(): void;
  resume(): void;
  close(): void;
}

const parse = (text: string): ServerEvent | undefined => {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const event = field('event');
  return event === undefined ? undefined : { event, data: JSON.parse(field('data') ?? 'null') as unknown };
};

/** Reads server-sent events. */
export const openEventStream = (url: string, headers: Record<string, string> = {}): Promise<EventStream> =>
  new Promise((resolve, reject) => {
    const req = request(url, { headers: { accept: 'text/event-stream', ...headers } }, (res) => {
      const events: ServerEvent[] = [];
      // Joined only where an event ends: a list may come in hundreds of pieces.
      let pieces: string[] = [];
      let ended = false;
      res.setEncoding('utf8').on('data', (chunk: string) => {
        const endsHere = `${pieces.at(-1)?.slice(-1) ?? ''}${chunk}`.includes('\n\n');
        pieces.push(chunk);
        if (!endsHere) return;
        const parts = pieces.join('').split('\n\n');
        pieces = [parts.pop() ?? ''];
        for (const part of parts) {
          const event = parse(part);
          if (event) events.push(event);
        }
      });
      res.on('error', () => {});
      res.on('close', () => {
        ended = true;
      });
      resolve({
        status: res.statusCode ?? 0,
        headers: res.headers,
        events,
        get ended() {
          return ended;
        },
        waitFor: async (matches, timeoutMs = 2000) => {
          for (let waited = 0; waited < timeoutMs; waited += 10) {
            const found = events.find(matches);
            if (found) return found;
            await sleep(10);
          }
          throw new Error(`no such event in ${timeoutMs} ms; there are: ${JSON.stringify(events).slice(0, 5000)}`);
        },
        pause: () => res.pause(),
        resume: () => res.resume(),
        close: () => req.destroy(),
      });
    });
    req.on('error', reject);
    req.end();
  });
