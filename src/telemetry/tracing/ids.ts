import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** Random bytes are drawn in bulk: one call for 512 span ids. */
const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

/** @returns where in the pool they begin. */
const draw = (bytes: number): number => {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return used - bytes;
};

const hexOf = (bytes: number): string => {
  const start = draw(bytes);
  return pool.toString('hex', start, start + bytes);
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

/** A UUID of version 7: sorts by time. */
export const newRequestId = (): string => {
  const start = draw(16);
  return uuidv7({ random: pool.subarray(start, start + 16) });
};
