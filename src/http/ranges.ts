/** Bytes of a representation, both ends included. */
export interface ByteSpan {
  start: number;
  end: number;
}

/**
 * Reads a Range header: RFC 9110, 14.1 and 14.2.
 * @param size bytes of the whole
 * @returns the one range that was asked for; `whole` where there is none, or none that can be read, or several, which
 *   may be answered with the whole; `unsatisfiable` when nothing of it is there.
 */
export const parseRange = (header: string | undefined, size: number): ByteSpan | 'whole' | 'unsatisfiable' => {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (start > end) return 'whole';
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size - 1) };
};

/** Whether If-None-Match names an entity tag: it compares weakly (RFC 9110, 13.1.2). */
export const namesTag = (header: string | undefined, etag: string): boolean => {
  const given = header?.split(',') ?? [];
  const bare = etag.replace(/^W\//, '');
  return given.some((tag) => ['*', bare].includes(tag.trim().replace(/^W\//, '')));
};

/**
 * Whether a Range holds by its If-Range: where there is none, or it is this very tag (RFC 9110, 13.1.5). It compares
 * strongly; a date never holds, because no Last-Modified is sent.
 */
export const rangeHolds = (ifRange: string | undefined, etag: string): boolean =>
  ifRange === undefined || ifRange.trim() === etag;
