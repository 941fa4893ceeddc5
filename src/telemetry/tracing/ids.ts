import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn in bulk: one call for 512 span ids. */
const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

const hexOf = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
};

const ZEROS = /^0+$/;

/** 16 hexadecimal digits, not all of them zero. */
export const newSpanId = (): string => {
  const id = hexOf(8);
  return ZEROS.test(id) ? newSpanId() : id;
};

/** 32 hexadecimal digits, not all of them zero. */
export const newTraceId = (): string => {
  const id = hexOf(16);
  return ZEROS.test(id) ? newTraceId() : id;
};
