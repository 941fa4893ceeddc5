// npm run bench -- <name> [--json] [--pairs=5]: runs one benchmark, and says what it measured and how.
import { parseArgs } from 'node:util';
import { type Bench, printReport } from './report.ts';

const BENCHES: Record<string, () => Promise<{ bench: Bench }>> = {
  audio: () => import('./audio.ts'),
  start: () => import('./start.ts'),
};

const usage = (reason: string): never => {
  console.error(`bench: ${reason}`);
  console.error(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}> [--json] [--pairs=5]`);
  process.exit(2);
};

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, pairs: { type: 'string', default: '5' } },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
};

const { positionals, values } = readArguments();
const [name = ''] = positionals;
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
const pairs = Number(values.pairs);
if (!load) usage(name === '' ? 'which one?' : `there is no ${JSON.stringify(name)}`);
else if (!Number.isInteger(pairs) || pairs < 1) usage(`--pairs=${values.pairs}: must be a whole number from 1`);
else {
  const { bench } = await load();
  const began = performance.now();
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const result = await bench({ pairs, say });
  printReport({ name, pairs, seconds: (performance.now() - began) / 1000, ...result }, { json: values.json });
}
