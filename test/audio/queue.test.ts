import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAudioQueue } from '../../src/data/jobs/open-audio-queue.ts';
import type { JobOutcome, OpenAudioQueue, TakenJob } from '../../src/data/jobs.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from './worker.ts';

let database: TestDatabase;
const opened: OpenAudioQueue[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
  await database.close();
});

const open = async (works: boolean, url = database.url, lease = 1.5): Promise<OpenAudioQueue> => {
  const queue = await openAudioQueue({ url, works, lease, retryDelay: 0 });
  opened.push(queue);
  return queue;
};

const enqueue = async (queue: OpenAudioQueue): Promise<string> => {
  const id = v7();
  await database.db.$transaction((transaction) => queue.enqueue(transaction, id, { audioId: v7(), userId: v7() }));
  return id;
};

describe('the audio queue', () => {
  it('hands a job to a worker elsewhere within 50 ms of its commit', async () => {
    const [api, worker] = [await open(false), await open(true)];
    const taken = new Map<string, number>();
    await worker.work(2, async ({ id }) => {
      taken.set(id, performance.now());
      return { status: 'done' };
    });
    const waits: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      await sleep(120);
      const id = await enqueue(api);
      const committed = performance.now();
      await until(async () => taken.has(id));
      waits.push((taken.get(id) ?? 0) - committed);
    }
    waits.sort((a, b) => a - b);
    expect(waits[7]).toBeLessThan(50);
  });

  it('adds nothing when the transaction does not go through', async () => {
    const queue = await open(true);
    await expect(
      database.db.$transaction(async (transaction) => {
        await queue.enqueue(transaction, v7(), { audioId: v7(), userId: v7() });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const taken: string[] = [];
    const consumer = await queue.work(1, async ({ id }) => {
      taken.push(id);
      return { status: 'done' };
    });
    const real = await enqueue(queue);
    await until(async () => taken.length > 0);
    expect(taken).toEqual([real]);
    await consumer.stop();
  });

  it.each([
    ['leaves the job of a worker alone whose heart beats', 1.5, false],
    ['gives the job of a silent worker to another, and tells the first that it is lost', 12, true],
  ])('%s', async (_what, lease, isLost) => {
    // It tells that it lives four times in a lease, and the other misses it after 1.5 s.
    const [first, other] = [await open(true, database.url, lease), await open(true)];
    let held: TakenJob | undefined;
    let finish: (outcome: JobOutcome) => void = () => {};
    await first.work(1, (job) => {
      held ??= job;
      return new Promise<JobOutcome>((resolve) => {
        finish = resolve;
      });
    });
    const id = await enqueue(first);
    await until(async () => held !== undefined);
    const taken: string[] = [];
    const second = await other.work(1, async (job) => {
      taken.push(job.id);
      return { status: 'done' };
    });
    await sleep(4500);
    expect({ lost: held?.signal.aborted, taken }).toEqual({ lost: isLost, taken: isLost ? [id] : [] });
    finish({ status: 'done' });
    await second.stop();
  });

  it('counts its jobs by what they are doing', async () => {
    const queue = await open(true);
    const consumer = await queue.work(1, async () => ({
      status: 'dead',
      error: { stage: 'probe', reason: 'unreadable', message: 'broken' },
    }));
    await enqueue(queue);
    await until(async () => queue.state()?.dead === 1);
    await consumer.stop();
    await enqueue(queue);
    await enqueue(queue);
    await until(async () => queue.state()?.waiting === 2);
    expect(queue.state()).toEqual({ waiting: 2, delayed: 0, active: 0, dead: 1 });
  });

  it('makes its tables once when eight processes start at the same time', async () => {
    const empty = await createEmptyDatabase();
    const queues = await Promise.all(Array.from({ length: 8 }, () => open(true, empty.url)));
    expect(queues).toHaveLength(8);
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    await empty.close();
  });
});
