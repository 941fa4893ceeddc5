import { describe } from 'vitest';
import type { Part } from './programs.ts';
import { wayOf } from './servers.ts';

/** Whether a part can be had here. When it cannot, the end of the run says why. */
export const has = (part: Part): boolean => !('missing' in wayOf(part));

/** `describe` for tests that need real parts: they are skipped where one cannot be had, and fail there in CI. */
export const describeWith = (...parts: Part[]): typeof describe | typeof describe.skip =>
  parts.every(has) ? describe : describe.skip;
