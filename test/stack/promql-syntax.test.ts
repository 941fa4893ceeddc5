import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { promql } from './panels.ts';

/** What Grafana would fill in; a pattern for every variable, because they stand in selectors only. */
const filledIn = (expr: string): string =>
  expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1h')
    .replace(/\$[a-z]\w*/g, '.*');

test('Prometheus understands every query', ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), 'promql-'));
  try {
    const file = join(folder, 'rules.yml');
    const rules = promql.map(({ where, expr }, index) => ({
      record: `query_${index}`,
      expr: filledIn(expr),
      labels: { where },
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    const run = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    if (run.error) skip('promtool is not installed');
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain(`${rules.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
