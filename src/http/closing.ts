import type { ServerResponse } from 'node:http';

const ends = new WeakMap<ServerResponse, AbortSignal>();

/** Says, for whoever makes a response, when its server begins to close. */
export const closesWith = (res: ServerResponse, closing: AbortSignal): void => {
  ends.set(res, closing);
};

/** Aborted when the server of this response begins to close; never where there is no such server. */
export const closingOf = (res: ServerResponse): AbortSignal | undefined => ends.get(res);
