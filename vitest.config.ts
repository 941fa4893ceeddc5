import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Each file in a process of its own: telemetry is global to a process.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Colours and other moods of the terminal must not get into what tests compare.
    env: { NODE_ENV: 'test', LOG_FILE: 'none' },
  },
});
