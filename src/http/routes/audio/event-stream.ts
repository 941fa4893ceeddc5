import { Readable } from 'node:stream';
import type { Watcher } from '../../../features/audio/watch-status.ts';

/** Milliseconds between two comments, so that nobody on the way takes the connection for dead. */
const HEARTBEAT = 15_000;
/** Milliseconds after which a stream ends all the same: whoever comes back shows a token that still holds. */
const LONGEST = 15 * 60_000;
/** Characters that may wait for a client that does not read. */
const MAX_WAITING = 64 * 1024;
/** Milliseconds after which a client asks again when the connection was lost. */
const RETRY = 2000;

/**
 * The changes of a status as server-sent events (HTML, 9.2). Every stream begins with the status as it is, so that a
 * client that was cut off misses nothing that matters; the ids of events only tell them apart.
 * @param watch begins to watch, and returns how to stop; what it throws is thrown
 */
export const eventStream = (watch: (watcher: Watcher) => () => void): Readable => {
  let stop = (): void => {};
  let id = 0;
  let hasEnded = false;
  const timers: NodeJS.Timeout[] = [];
  const letGo = (): void => {
    hasEnded = true;
    for (const timer of timers) clearTimeout(timer);
    stop();
  };
  const stream = new Readable({
    encoding: 'utf8',
    read() {},
    destroy(error, done) {
      letGo();
      done(error);
    },
  });
  // What waits still goes out; nothing may follow it.
  const end = (): void => {
    if (hasEnded) return;
    letGo();
    stream.push(null);
  };
  const say = (text: string): void => {
    if (hasEnded) return;
    if (stream.readableLength > MAX_WAITING) end();
    else stream.push(text);
  };
  const begun = Date.now();
  say(`retry: ${RETRY}\n\n`);
  const stopWatching = watch({
    changed: (status) => {
      id += 1;
      say(`id: ${begun}-${id}\nevent: status\ndata: ${JSON.stringify(status)}\n\n`);
    },
    ended: end,
  });
  if (hasEnded) return stream;
  stop = stopWatching;
  timers.push(setInterval(() => say(': still here\n\n'), HEARTBEAT).unref(), setTimeout(end, LONGEST).unref());
  return stream;
};
