import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Viewer } from './world.ts';

/** One request, made again and again. */
export interface Shot {
  /** What it counts as. */
  name: string;
  path: string;
  headers: Record<string, string>;
  /** The status that is no failure; 200 by default. */
  expected?: number;
}

export interface Job {
  /** Where to; with several, each shot goes to one after the other, which continue its trace. */
  urls: readonly string[];
  /** Made in this order, over and over. */
  shots: readonly Shot[];
  /** How many requests in all. */
  count: number;
  /** How many at once, each after the one before; without a meaning where there is a rate. */
  concurrency: number;
  /** Requests a second, whether the ones before were answered or not. */
  rate?: number;
  /** Send a traceparent of its own making that says sampled. */
  beginsTraces?: boolean;
  /** Tell of each answer. */
  keepAnswers?: boolean;
}

export interface Answer {
  /** 0 where there was none. */
  status: number;
  /** Unix time in milliseconds, with fractions. */
  endedAt: number;
  traceparent: string | undefined;
  /** Which of the job's URLs gave it. */
  service: number;
}

export interface Outcome {
  seconds: number;
  /** By the names of the shots, as are the others. */
  counts: Record<string, number>;
  failed: Record<string, number>;
  /** Milliseconds until the whole answer was there; where there is a rate, from the moment at which it was due. */
  latencies: Record<string, Float64Array>;
  /** In the order in which they came. */
  answers: (Answer & { name: string })[];
}

export interface LoadClient {
  run(job: Job): Promise<Outcome>;
  stop(): Promise<void>;
}

/** Starts a client in a process of its own, so that its work is not in what is measured. */
export const startLoadClient = (): LoadClient => {
  const child = fork(new URL('./client-process.ts', import.meta.url), { serialization: 'advanced' });
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the client of the benchmark has ended')));
  return {
    run: async (job) => {
      child.send(job);
      const [{ outcome, error }] = (await once(child, 'message', { signal: ended.signal })) as [
        { outcome?: Outcome; error?: string },
      ];
      if (!outcome) throw new Error(`the client of the benchmark: ${error}`);
      return outcome;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
};

/** @throws Error when a request failed: figures about failures would be figures about nothing. */
export const refuseFailures = ({ failed }: Outcome): void => {
  const some = Object.entries(failed).map(([name, count]) => `${count} of ${name}`);
  if (some.length > 0) throw new Error(`requests failed: ${some.join(', ')}`);
};

/** The requests that the benchmarks measure, each made by every viewer in turn. */
export const shotsOf = (viewers: readonly Viewer[]) => {
  const feed = (name: string, headers: Record<string, string>): Shot[] =>
    viewers.map(({ token }) => ({
      name,
      path: '/api/v1/feed/unified?limit=20',
      headers: { authorization: `Bearer ${token}`, ...headers },
    }));
  return {
    cached: feed('cached', {}),
    uncached: feed('uncached', { 'cache-control': 'no-cache' }),
    health: viewers.map((): Shot => ({ name: 'health', path: '/health', headers: {} })),
  };
};

/** Shots in the given shares, well mixed; every viewer makes some of each. */
export const mixOf = <Kind extends string>(shots: Record<Kind, Shot[]>, shares: Record<Kind, number>): Shot[] => {
  const kinds = (Object.keys(shares) as Kind[]).flatMap((kind) => Array.from({ length: shares[kind] }, () => kind));
  // Steps of 7 through a list whose length has no factor 7 reach all of it, and like does not follow like.
  const order = kinds.map((_, place) => kinds[(place * 7) % kinds.length] as Kind);
  const viewers = shots[order[0] as Kind].length;
  return Array.from({ length: viewers * order.length }, (_, turn) => {
    const kind = order[turn % order.length] as Kind;
    return shots[kind][turn % viewers] as Shot;
  });
};
