// npm run load: people who use the API, so that dashboards, traces and logs have something to show.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SEED_PASSWORD } from '../src/data/seed/development.ts';
import { type Account, createClient, type Person, signIn } from './load/client.ts';
import { Tally } from './load/tally.ts';
import { act, type Visit } from './load/traffic.ts';

const USAGE = `usage: npm run load -- [--url=http://127.0.0.1:8787] [--rate=10] [--duration=60] [--errors=0.03] [--users=7]

  --rate      requests a second, whether the ones before are answered or not
  --duration  seconds; 0 goes on until Ctrl-C
  --errors    share of requests that are wrong, 0 to 1
  --users     people who share the work. Each may make 100 requests a minute, and 10 may log in a minute:
              for more, start the API with RATE_LIMIT_ENABLED=false`;

/** More than that unanswered: the API is slower than the rate, and waiting would only fill memory. */
const MOST_RUNNING = 500;

const fail = (reason: string): never => {
  console.error(`load: ${reason}`);
  process.exit(2);
};

const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8787' },
        rate: { type: 'string', default: '10' },
        duration: { type: 'string', default: '60' },
        errors: { type: 'string', default: '0.03' },
        users: { type: 'string', default: '7' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const values = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const number = (name: 'rate' | 'duration' | 'errors' | 'users', least: number, most: number): number => {
  const value = Number(values[name]);
  if (!(value >= least && value <= most)) fail(`--${name}=${values[name]}: must be a number from ${least} to ${most}`);
  return value;
};

const url = URL.canParse(values.url) ? values.url : fail(`--url=${values.url}: must be a URL`);
const rate = number('rate', 0.1, 10_000);
const duration = number('duration', 0, 1_000_000) || Number.POSITIVE_INFINITY;
const errors = number('errors', 0, 1);
const users = Math.floor(number('users', 1, 1000));

/** The five people of the seeded world first, then people of our own. */
const accountOf = (at: number): Account => {
  const seeded = ['alice', 'bob', 'charlie', 'diana', 'eve'][at];
  const username = seeded ?? `load_${at}`;
  // The password of the seeded world stands in the README, and is refused for new accounts.
  return { email: `${username}@example.com`, username, password: seeded ? SEED_PASSWORD : 'Loops-under-load-42' };
};

let tally = new Tally();
const client = createClient(url, (...answer) => tally.add(...answer));
const isTerminal = process.stderr.isTTY;
const say = (line: string): void => {
  process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
};

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

const people: Person[] = [];
try {
  for (let at = 0; at < users && !stopped; at += 1) people.push(await signIn(client, accountOf(at), say));
} catch (error) {
  fail(`${url}: ${(error as Error).message}`);
}

const visits: Visit[] = people.map((person) => ({
  client,
  person,
  screen: { cursor: undefined, posts: [], people: [] },
  random: Math.random,
}));
const running = new Set<Promise<void>>();
let held = 0;

tally = new Tally();
let lastShown = 0;
for (let turn = 0; !stopped && tally.elapsed < duration; turn += 1) {
  const visit = visits[turn % visits.length];
  if (running.size >= MOST_RUNNING) held += 1;
  else if (visit) {
    const doing = act(visit, errors).finally(() => running.delete(doing));
    running.add(doing);
  }
  if (tally.elapsed - lastShown >= (isTerminal ? 1 : 10)) {
    lastShown = tally.elapsed;
    say(tally.progress(running.size));
  }
  await sleep(Math.max(0, ((turn + 1) / rate - tally.elapsed) * 1000));
}
await Promise.all(running);
say('');
console.log(tally.summary());
if (held > 0) console.log(`${held} requests were not made: ${MOST_RUNNING} were still unanswered`);
if (tally.statusCount(429) > 0)
  console.log('429: too many requests for so few people; see --users, or start the API with RATE_LIMIT_ENABLED=false');
if (tally.statusCount(0) > 0) process.exitCode = 1;
