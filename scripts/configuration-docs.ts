/**
 * Writes `.env.example` and the README's table of configuration out of the variables' own descriptions.
 * With `--check` it writes nothing and fails when they are not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ZodType } from 'zod';
import { VARIABLES } from '../src/config/index.ts';

interface Variable {
  name: string;
  fallback: string;
  description: string;
}

/** The default as one would write it into the environment. */
const shown = (schema: ZodType): string => {
  const { defaultValue } = schema.def as { defaultValue?: unknown };
  if (defaultValue === undefined) return '';
  if (Array.isArray(defaultValue)) return defaultValue.join(',');
  return String(defaultValue);
};

/** The words of a closed set, which a default or an option wraps. */
const allowed = (schema: ZodType): string => {
  let inner = schema.def as { innerType?: ZodType; entries?: Record<string, string> };
  while (inner.innerType) inner = inner.innerType.def as typeof inner;
  return inner.entries ? ` (${Object.keys(inner.entries).join(', ')})` : '';
};

const variables: Variable[] = Object.entries(VARIABLES).map(([name, schema]) => ({
  name,
  fallback: shown(schema),
  description: `${schema.description ?? ''}${allowed(schema)}`,
}));

const environment = `# Every variable there is, with its default. Copy to .env and edit; each is also a flag: --port=9000.
# Times: 250 (milliseconds), 250ms, 10s, 1m. Sizes: 65536, 64kb, 10mb.

${variables.map(({ name, fallback, description }) => `# ${description}\n${fallback === '' ? '# ' : ''}${name}=${fallback}\n`).join('\n')}`;

/** What the compose file reads beside: `${NAME:-default}`. */
const compose = new Map(
  [
    ...readFileSync(new URL('../docker-compose.dev.yml', import.meta.url), 'utf8').matchAll(/\$\{(\w+):-([^}]*)\}/g),
  ].map(([, name = '', fallback = '']) => [name, fallback]),
);

const ofCompose = `
# Read by docker-compose.dev.yml only, which has its own defaults for some of those above.

${[...compose]
  .filter(([name]) => !(name in VARIABLES))
  .map(([name, fallback]) => `# ${name}=${fallback}`)
  .join('\n')}
`;

const table = `| variable | default | meaning |
|---|---|---|
${variables.map(({ name, fallback, description }) => `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description.replaceAll('|', '\\|')} |`).join('\n')}
`;

const root = new URL('..', import.meta.url);
const page = new URL('docs/configuration.md', root);
const targets: [URL, string][] = [
  [new URL('.env.example', root), environment + ofCompose],
  [
    page,
    `# Configuration

Made by \`npm run docs:configuration\` out of \`src/config/index.ts\`. Each variable is also a command-line flag of the
same name, \`npm start -- --port=9000 --otel-enabled=false\`, which wins. An empty variable is one that is not set. A value
that makes no sense stops the start with one line that names the variable, the value and what is allowed. Times are
\`250\` (milliseconds), \`250ms\`, \`10s\` or \`1m\`; sizes \`65536\` (bytes), \`64kb\`, \`10mb\` or \`1gb\`.

${table}`,
  ],
];

const stale = targets.filter(([file, text]) => {
  try {
    return readFileSync(file, 'utf8') !== text;
  } catch {
    return true;
  }
});
if (process.argv.includes('--check')) {
  for (const [file] of stale) process.stderr.write(`${file.pathname} is not up to date: npm run docs:configuration\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) writeFileSync(file, text);
}
