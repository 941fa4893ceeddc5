// A process of its own that starts the embedded PostgreSQL in a folder and keeps it; tests kill it in all the ways there are.
import { startEmbeddedPostgres } from '../../src/integrations/postgres/embedded.ts';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const warnings: string[] = [];
const log = { info: () => {}, warn: (line: string) => warnings.push(line), error: console.error };
process.on('SIGINT', () => {});
try {
  const { url } = await startEmbeddedPostgres({ dataDir, port: Number(port), log });
  console.log(JSON.stringify({ url, warnings }));
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message, warnings }));
}
