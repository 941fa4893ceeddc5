// The client of a benchmark, a process of its own: makes the requests of one job at a time, and tells what it saw.
import { randomBytes } from 'node:crypto';
import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Job, Outcome, Shot } from './client.ts';

/** Nobody waits longer; no answer counts as a failure. */
const TIMEOUT_MS = 30_000;
/** Unix time in milliseconds, with fractions: comparable between the processes of one machine. */
const now = (): number => performance.timeOrigin + performance.now();

const send = (agent: Agent, url: string, shot: Shot, headers: Record<string, string>): Promise<Answer> =>
  new Promise((resolve) => {
    let sent: ClientRequest | undefined;
    const answer: Answer = { status: 0, endedAt: 0, traceparent: undefined, service: 0 };
    const done = (): void => {
      answer.endedAt = now();
      resolve(answer);
    };
    sent = request(`${url}${shot.path}`, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
      answer.status = response.statusCode ?? 0;
      const { traceparent } = response.headers;
      if (typeof traceparent === 'string') answer.traceparent = traceparent;
      response.resume();
      response.once('end', done);
      response.once('error', () => {
        answer.status = 0;
        done();
      });
    });
    sent.once('timeout', () => sent?.destroy());
    sent.once('error', () => {
      answer.status = 0;
      done();
    });
    sent.end();
  });

const newTraceparent = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

/** Makes the requests of one job. */
const run = async (job: Job): Promise<Outcome> => {
  const agent = new Agent({ keepAlive: true, maxSockets: job.rate === undefined ? job.concurrency : 256 });
  const latencies: Record<string, number[]> = {};
  const outcome: Outcome = { seconds: 0, counts: {}, failed: {}, latencies: {}, answers: [] };
  const make = async (shot: Shot, dueAt: number): Promise<void> => {
    let headers = job.beginsTraces ? { ...shot.headers, traceparent: newTraceparent() } : shot.headers;
    for (const [service, url] of job.urls.entries()) {
      const answer = await send(agent, url, shot, headers);
      outcome.counts[shot.name] = (outcome.counts[shot.name] ?? 0) + 1;
      if (answer.status !== (shot.expected ?? 200)) outcome.failed[shot.name] = (outcome.failed[shot.name] ?? 0) + 1;
      latencies[shot.name] ??= [];
      latencies[shot.name]?.push(answer.endedAt - dueAt);
      if (job.keepAnswers) outcome.answers.push({ ...answer, service, name: shot.name });
      // The next service continues the trace.
      if (answer.traceparent !== undefined) headers = { ...shot.headers, traceparent: answer.traceparent };
    }
  };
  const began = now();
  if (job.rate === undefined) await inTurn(job, make);
  else await atRate(job, job.rate, make);
  outcome.seconds = (now() - began) / 1000;
  for (const [name, values] of Object.entries(latencies)) outcome.latencies[name] = Float64Array.from(values);
  agent.destroy();
  return outcome;
};

type Make = (shot: Shot, dueAt: number) => Promise<void>;

const shotAt = ({ shots }: Job, turn: number): Shot => shots[turn % shots.length] as Shot;

/** As many at once as `concurrency` says, each as soon as the one before it was answered. */
const inTurn = async (job: Job, make: Make): Promise<void> => {
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < job.count) {
      const turn = next;
      next += 1;
      await make(shotAt(job, turn), now());
    }
  };
  await Promise.all(Array.from({ length: job.concurrency }, loop));
};

/** At fixed moments whether the ones before were answered or not: a late answer shows, and holds nobody up. */
const atRate = async (job: Job, rate: number, make: Make): Promise<void> => {
  const began = now();
  const running = new Set<Promise<void>>();
  for (let turn = 0; turn < job.count; ) {
    const due = Math.min(job.count, Math.floor(((now() - began) / 1000) * rate) + 1);
    for (; turn < due; turn += 1) {
      const making: Promise<void> = make(shotAt(job, turn), began + (turn / rate) * 1000).finally(() =>
        running.delete(making),
      );
      running.add(making);
    }
    await sleep(1);
  }
  await Promise.all(running);
};

process.on('message', (job: Job) => {
  run(job).then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
