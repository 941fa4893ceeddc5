import { describe, expect, it } from 'vitest';
import { parseSeedArguments } from './command-line.ts';

const NOW = Date.UTC(2026, 10, 21, 10, 59, 59);

describe('the arguments of npm run seed', () => {
  it('have defaults, with the world ending at the last full hour', () => {
    expect(parseSeedArguments([], NOW)).toMatchObject({
      size: { users: 1000, posts: 20_000, seed: 42, now: Date.UTC(2026, 10, 21, 10) },
      reset: false,
      databaseUrl: undefined,
    });
  });

  it('are read in both notations', () => {
    const { size, reset } = parseSeedArguments(
      ['--users', '10_000', '--posts=1000000', '--seed=0', '--now=2026-01-02T03:04:05Z', '--reset'],
      NOW,
    );
    expect(size).toMatchObject({ users: 10_000, posts: 1_000_000, seed: 0, now: Date.UTC(2026, 0, 2, 3, 4, 5) });
    expect(reset).toBe(true);
  });

  it.each([
    ['--users=0', '--users'],
    ['--users=1e3', '--users'],
    ['--users=', '--users'],
    ['--posts=-1', '--posts'],
    ['--posts=99999999999', '--posts'],
    ['--seed=4294967296', '--seed'],
    ['--now=yesterday', '--now'],
    ['--database-url=mysql://x', '--database-url'],
    ['--append', '--append'],
    ['stray', 'stray'],
    ['--users', '--users'],
  ])('%s is refused by name', (argument, name) => {
    expect(() => parseSeedArguments([argument], NOW)).toThrow(name);
  });
});
