import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** These measure time or memory, or fill the machine: nothing else may run meanwhile. */
const ALONE = [
  'src/telemetry/viewer/held-size.test.ts',
  'test/{outages,shutdown,start}.test.ts',
  'test/audio/{bombs,containment,http-memory,http-slow,queue}.test.ts',
  'test/storage/s3-outages.test.ts',
  'test/telemetry/{budgets,export-outages}.test.ts',
  'test/viewer/{large,live}.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Each file in a process of its own: telemetry is global to a process.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Colours and other moods of the terminal must not get into what tests compare.
    env: { NODE_ENV: 'test', LOG_FILE: 'none' },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          // Most of them wait more than they work.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
