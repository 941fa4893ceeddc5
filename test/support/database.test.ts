import { afterAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from './database.ts';
import { describeWith } from './parts.ts';

const databases = [
  { server: 'embedded', major: 18, describe },
  { server: 'postgres15', major: 15, describe: describeWith('postgres15') },
] as const;

for (const { server, major, describe } of databases) {
  describe(`a test database on PostgreSQL ${major}`, async () => {
    const test = await createTestDatabase(server);
    afterAll(test.close);

    it('is migrated and empty', async () => {
      expect(await test.db.user.count()).toBe(0);
      const [row] = await test.db.$queryRaw<{ v: string }[]>`SELECT current_setting('server_version_num') AS v`;
      expect(Math.floor(Number(row?.v) / 10_000)).toBe(major);
    });
  });
}
