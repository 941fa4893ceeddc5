import { formatDuration } from '../shared/format.ts';

/** @param ms milliseconds. `+1.20 ms`, `−300 µs`, `0 ms`. */
export const signedDuration = (ms: number): string => (ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms));
