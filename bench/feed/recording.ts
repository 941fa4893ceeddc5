import pg from 'pg';
import { createDatabase } from '../../src/data/create-database.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';
import { feedContext, request } from '../../test/feed/world.ts';

/** A statement as node-postgres gets it. */
export interface Statement {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * The statements of a first page of the unified feed, as the product sends them: the first, those that it sends at once,
 * and the last.
 * @returns six for each viewer.
 * @throws Error when there are not six, or not 20 posts.
 */
export const recordStatements = async (url: string, viewerIds: readonly string[]): Promise<Statement[][]> => {
  const pool = createDatabase({ url, poolSize: 10, statementTimeout: 30_000 });
  const heard: Statement[] = [];
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [config] = args as [Statement | string];
    if (typeof config === 'object' && Array.isArray(config.values)) {
      const { name, text, values } = config;
      heard.push({ name, text, values });
    }
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  try {
    const recorded: Statement[][] = [];
    for (const id of viewerIds) {
      heard.length = 0;
      const { meta } = await unifiedFeed(feedContext(pool.db), request(id));
      if (heard.length !== 6 || meta.count !== 20)
        throw new Error(`${heard.length} statements for ${meta.count} posts: 6 for 20 were expected`);
      recorded.push([...heard]);
    }
    return recorded;
  } finally {
    pg.Client.prototype.query = query;
    await pool.close();
  }
};
