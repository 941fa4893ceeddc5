import { expect, it } from 'vitest';
import { serviceColours } from './colours.ts';

it('gives each service the next colour when it appears, and starts again after the eighth', () => {
  const names = ['b', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const colours = serviceColours(names);
  expect([colours.get('b'), colours.get('a'), colours.get('h'), colours.get('i')]).toEqual([
    'var(--service-0)',
    'var(--service-1)',
    'var(--service-7)',
    'var(--service-0)',
  ]);
});
