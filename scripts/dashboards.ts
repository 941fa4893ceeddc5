/**
 * Writes Grafana's dashboards and alert rules out of grafana/source and prometheus/rules/alerts.yml.
 * With `--check` it writes nothing and fails when they are not up to date.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { generatedFiles } from '../grafana/source/index.ts';

const root = new URL('../', import.meta.url);
const folder = new URL('grafana/', root);
const wanted = generatedFiles(readFileSync(new URL('prometheus/rules/alerts.yml', root), 'utf8'));

const isCurrent = (path: string, text: string): boolean => {
  try {
    return readFileSync(new URL(path, folder), 'utf8') === text;
  } catch {
    return false;
  }
};

const stale = [...wanted].filter(([path, text]) => !isCurrent(path, text));
/** Grafana would go on showing a dashboard that has no source any more. */
const orphans = readdirSync(new URL('dashboards', folder))
  .map((name) => `dashboards/${name}`)
  .filter((path) => !wanted.has(path));

if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`grafana/${path} is not up to date: npm run dashboards\n`);
  for (const path of orphans) process.stderr.write(`grafana/${path} has no source: npm run dashboards\n`);
  process.exitCode = stale.length + orphans.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(new URL(path, folder), text);
  for (const path of orphans) rmSync(new URL(path, folder));
}
