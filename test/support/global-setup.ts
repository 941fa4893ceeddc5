import { startEmbeddedPostgres } from '../../src/integrations/postgres/embedded.ts';
import { makeTemplate } from './database.ts';
import { findPrograms, type Part, type Way } from './programs.ts';
import { startS3 } from './s3-server.ts';
import { searchForSecrets } from './secrets.ts';
import { removeTemporaryFolders, startPostgres15, startRedis, temporaryFolder } from './servers.ts';

const quiet = { info: () => {}, warn: console.warn, error: console.error };
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
};

/** Starts the servers that every test may use, once for the whole run, and tells the tests of them by the environment. */
export default async (): Promise<() => Promise<void>> => {
  const ways = findPrograms();
  const missing = Object.entries(ways).flatMap(([part, way]) => ('missing' in way ? [`${part}: ${way.missing}`] : []));
  if (missing.length > 0 && process.env.CI === 'true')
    throw new Error(`in CI nothing is skipped, but:\n${missing.join('\n')}`);
  const output = temporaryFolder('output');
  process.env.TEST_OUTPUT_DIR = output;
  process.env.TEST_PARTS = JSON.stringify(ways);

  const start = <T>(part: Part, starter: (way: Way) => Promise<T>): Promise<T> | undefined =>
    'missing' in ways[part] ? undefined : starter(ways[part]);
  const starting = [
    startEmbeddedPostgres({ dataDir: temporaryFolder('postgres18'), log: quiet, settings: FAST }).then(
      async (server) => {
        await makeTemplate(server.url);
        process.env.TEST_POSTGRES_URL = server.url;
        return server;
      },
    ),
    start('postgres15', startPostgres15)?.then(async (server) => {
      await makeTemplate(server.url);
      process.env.TEST_POSTGRES15_URL = server.url;
      return server;
    }),
    start('redis', startRedis)?.then((server) => {
      process.env.TEST_REDIS_URL = server.url;
      return server;
    }),
    // Any other server that speaks S3 can be tested with by naming it.
    process.env.TEST_S3_URL === undefined
      ? // A second time, since one of its eight ports may be taken by someone else before it has started.
        start('s3', (way) => startS3({ way }).catch(() => startS3({ way })))?.then((server) => {
          process.env.TEST_S3_URL = server.url;
          return server;
        })
      : undefined,
  ];
  const settled = await Promise.allSettled(starting);
  const stop = async (): Promise<void> => {
    await Promise.all(settled.map((one) => (one.status === 'fulfilled' ? one.value?.stop() : undefined)));
    removeTemporaryFolders();
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return async () => {
    try {
      searchForSecrets(output);
    } finally {
      await stop();
    }
    for (const line of missing) console.warn(`SKIPPED: the tests that need ${line}`);
  };
};
