import { setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Admission } from './admission.ts';

it('lets so many run at once, admits the others in order, and goes on after a failure', async () => {
  const admission = new Admission(3);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const work = async (index: number): Promise<number> => {
    begun.push(index);
    running += 1;
    most = Math.max(most, running);
    await soon();
    running -= 1;
    if (index % 4 === 0) throw new Error('no luck');
    return index;
  };
  const all = Array.from({ length: 40 }, (_, index) => index);
  const results = await Promise.allSettled(all.map((index) => admission.run(() => work(index))));
  expect(most).toBe(3);
  expect(begun).toEqual(all);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  expect(await admission.run(() => work(1))).toBe(1);
});
