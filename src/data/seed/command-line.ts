import { parseArgs } from 'node:util';
import { HOUR, type WorldSize } from './size.ts';

export const USAGE = `Fills a PostgreSQL with a believable world.

  npm run seed -- --users 10000 --posts 1000000

  --users N          people (default 1000)
  --posts N          loops (default 20000)
  --seed N           the same number gives the same rows, byte for byte (default 42)
  --now MOMENT       RFC 3339; the world ends here (default: the last full hour)
  --database-url URL what to fill (default: DATABASE_URL)
  --reset            empty the database first; without it, one that holds people is refused

Everyone's address is <username>@example.com and everyone's password is in the README.`;

/** Something is wrong with what was asked for; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface SeedRequest {
  size: WorldSize;
  databaseUrl: string | undefined;
  reset: boolean;
  help: boolean;
}

/** Reads the arguments of `npm run seed`. @throws UsageError */
export const parseSeedArguments = (args: readonly string[], now: number): SeedRequest => {
  const values = parse(args);
  return {
    size: {
      users: wholeNumber('users', values.users ?? '1000', 1, 5_000_000),
      posts: wholeNumber('posts', values.posts ?? '20000', 0, 10_000_000),
      seed: wholeNumber('seed', values.seed ?? '42', 0, 2 ** 32 - 1),
      now: values.now === undefined ? Math.floor(now / HOUR) * HOUR : moment(values.now),
      likesPerPost: 3,
    },
    databaseUrl: values['database-url'] === undefined ? undefined : databaseUrl(values['database-url']),
    reset: values.reset ?? false,
    help: values.help ?? false,
  };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        users: { type: 'string' },
        posts: { type: 'string' },
        seed: { type: 'string' },
        now: { type: 'string' },
        'database-url': { type: 'string' },
        reset: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node adds advice on positional arguments, of which there are none here.
    const message = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw new UsageError(`${message}; --help lists the flags`);
  }
};

const wholeNumber = (name: string, value: string, min: number, max: number): number => {
  const number = Number(value.replaceAll('_', ''));
  if (/^\d[\d_]*$/.test(value) && number >= min && number <= max) return number;
  throw new UsageError(`--${name}=${JSON.stringify(value)}: must be a whole number from ${min} to ${max}`);
};

const moment = (value: string): number => {
  const time = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (time >= Date.UTC(2010, 0, 1) && time < Date.UTC(2200, 0, 1)) return time;
  throw new UsageError(
    `--now=${JSON.stringify(value)}: must be a moment such as 2026-11-21T10:00:00Z, from 2010 to 2199`,
  );
};

const databaseUrl = (value: string): string => {
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new UsageError('--database-url (not shown): must be a URL that begins with postgres:// or postgresql://');
};
