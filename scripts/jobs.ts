// npm run jobs: what the audio queue holds, and a second chance for what was given up.
import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '../src/config/index.ts';
import { createDatabase } from '../src/data/create-database.ts';
import { type ListedJob, listJobs } from '../src/data/jobs/list-jobs.ts';
import { openAudioQueue } from '../src/data/jobs/open-audio-queue.ts';
import { waitForDatabase } from '../src/data/wait.ts';
import { discardDeadLetter, retryDeadLetter } from '../src/features/audio/retry.ts';
import { findRunningPostgres } from '../src/integrations/postgres/find-running.ts';

const USAGE = `usage:
  npm run jobs -- list [--dead] [--json]      jobs that are not done: state, attempts, age, file, what went wrong
  npm run jobs -- retry <id>... | --all       tries dead letters again; an id is a job's or an upload's
  npm run jobs -- discard <id>... | --all     throws dead letters away; their uploads stay failed

The database is that of DATABASE_URL, else the embedded one of a Sidechain that runs here (DATA_DIR).`;

class UsageError extends Error {}

const databaseUrl = (): string => {
  const { DATABASE_URL, DATA_DIR } = process.env;
  const config = readConfig({ DATABASE_URL, DATA_DIR });
  const url = config.DATABASE_URL ?? findRunningPostgres(config.DATA_DIR);
  if (url !== undefined) return url;
  throw new UsageError(
    `DATABASE_URL is not set, and no Sidechain runs on ${config.DATA_DIR}: set it, or start one with npm start`,
  );
};

const ageOf = (since: Date): string => {
  const seconds = Math.max(0, Math.round((Date.now() - since.getTime()) / 1000));
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const)
    if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return `${seconds}s`;
};

const describe = (job: ListedJob): string => {
  const head = [
    job.jobId,
    job.state.padEnd(8),
    `${job.attempts ?? '-'} attempts`,
    ageOf(job.createdAt).padStart(4),
    // A file may be called anything, also what moves a terminal's cursor.
    job.filename === null ? '(its upload is gone)' : JSON.stringify(job.filename),
  ].join('  ');
  const what =
    job.reason === null ? [] : [`    ${[job.stage, job.reason].filter(Boolean).join(': ')}: ${job.error ?? ''}`];
  const words = (job.words ?? '').split('\n').filter(Boolean);
  return [head, ...what, ...words.map((line) => `    | ${line}`)].join('\n');
};

const list = (jobs: readonly ListedJob[], json: boolean): void => {
  if (json)
    console.log(
      JSON.stringify(
        jobs.map(({ data: _data, ...job }) => job),
        null,
        2,
      ),
    );
  else if (jobs.length === 0) console.log('no such jobs');
  else for (const job of jobs) console.log(describe(job));
};

/** The dead letters that are meant. @throws UsageError for an id that is none. */
const chosen = (dead: readonly ListedJob[], ids: readonly string[], all: boolean): ListedJob[] => {
  if (all) return [...dead];
  return ids.map((id) => {
    const found = dead.find(({ jobId, audioId, deadLetterId }) => [jobId, audioId, deadLetterId].includes(id));
    if (!found) throw new UsageError(`${id} is not among the dead letters: npm run jobs -- list --dead`);
    return found;
  });
};

const OUTCOMES = {
  retried: 'waits again',
  gone: 'its upload is gone: nothing to try again',
  discarded: 'thrown away',
} as const;

const run = async (): Promise<void> => {
  const { values, positionals } = parse();
  const [command, ...ids] = positionals;
  if (values.help) return console.log(USAGE);
  if (command !== 'list' && command !== 'retry' && command !== 'discard') throw new UsageError(USAGE);
  if (command === 'list' && (ids.length > 0 || values.all)) throw new UsageError(USAGE);
  if (command !== 'list' && (ids.length === 0) === !values.all) throw new UsageError(USAGE);

  const url = databaseUrl();
  await waitForDatabase(url, { seconds: 0, log: { info: () => {}, warn: console.warn } }).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  const { AUDIO_LEASE, AUDIO_RETRY_DELAY } = readConfig({});
  const jobs = await openAudioQueue({
    url,
    works: false,
    lease: AUDIO_LEASE / 1000,
    retryDelay: AUDIO_RETRY_DELAY / 1000,
  });
  const pool = createDatabase({ url, poolSize: 2, statementTimeout: 30_000 });
  try {
    const found = await listJobs(pool.db, { dead: command !== 'list' || values.dead });
    if (command === 'list') return list(found, values.json);
    for (const job of chosen(found, ids, values.all)) {
      if (job.deadLetterId === null) continue;
      const treat = command === 'retry' ? retryDeadLetter : discardDeadLetter;
      console.log(
        `${job.jobId}  ${OUTCOMES[await treat({ db: pool.db, jobs }, { ...job, deadLetterId: job.deadLetterId })]}`,
      );
    }
  } finally {
    await Promise.all([jobs.close(), pool.close()]);
  }
};

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        dead: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
};

try {
  await run();
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof ConfigError;
  console.error(isExpected ? `jobs: ${error.message}` : error);
  process.exitCode = isExpected ? 2 : 1;
}
