// npm run bench -- <name>: runs one benchmark, and says what it measured and how.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Bench, printReport } from './report.ts';

const BENCHES: Record<string, () => Promise<{ bench: Bench }>> = {
  audio: () => import('./audio.ts'),
  export: () => import('./export.ts'),
  feed: () => import('./feed.ts'),
  growth: () => import('./growth.ts'),
  overhead: () => import('./overhead.ts'),
  sampling: () => import('./sampling.ts'),
  soak: () => import('./soak.ts'),
  start: () => import('./start.ts'),
  visible: () => import('./visible.ts'),
};

const usage = (reason: string): never => {
  console.error(`bench: ${reason}`);
  console.error(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}>
  --json            one JSON object on the last line
  --pairs=5         how often each variant is run, in turn
  --variants=a,b    only these of its variants
  --minutes=10      how long a soak takes
  --svg=FILE        where to draw it, for those that can be drawn`);
  process.exit(2);
};

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        pairs: { type: 'string', default: '5' },
        variants: { type: 'string' },
        minutes: { type: 'string' },
        svg: { type: 'string' },
      },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
};

const { positionals, values } = readArguments();
const [name = ''] = positionals;
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
const pairs = Number(values.pairs);
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if (!load) usage(name === '' ? 'which one?' : `there is no ${JSON.stringify(name)}`);
else if (!Number.isInteger(pairs) || pairs < 1) usage(`--pairs=${values.pairs}: must be a whole number from 1`);
else if (minutes !== undefined && !(minutes > 0)) usage(`--minutes=${values.minutes}: must be a number above 0`);
else {
  // What was started is ended when the process exits, which it does not by itself when it gets a signal.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const { bench } = await load();
  const began = performance.now();
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const result = await bench({ pairs, minutes, variants: values.variants?.split(','), say });
  printReport({ name, pairs, seconds: (performance.now() - began) / 1000, ...result }, { json: values.json });
  if (values.svg !== undefined) {
    if (result.plot === undefined) say(`bench: ${name} draws nothing`);
    else writeFileSync(values.svg, result.plot);
  }
}
