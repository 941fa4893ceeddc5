import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../support/parts.ts';

const folder = new URL('../../prometheus', import.meta.url).pathname;
const root = new URL('../..', import.meta.url).pathname;

/** Comes in the same package as Prometheus. @throws with what it said when it refuses. */
const promtool = (...args: string[]): string =>
  execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

interface Rules {
  groups: { rules: { alert?: string; annotations?: { runbook_url?: string } }[] }[];
}

describeWith('prometheus')('prometheus/', () => {
  it('is a configuration that Prometheus takes', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('makes every alert fire when it should, and stay silent when it should', () => {
    const tests = readdirSync(join(folder, 'rules/tests')).map((name) => `rules/tests/${name}`);
    expect(promtool('test', 'rules', ...tests).match(/SUCCESS/g)).toHaveLength(tests.length);
  });

  it('has a runbook for every alert, and tests', () => {
    const { groups } = parse(readFileSync(join(folder, 'rules/alerts.yml'), 'utf8')) as Rules;
    const tests = readdirSync(join(folder, 'rules/tests'))
      .map((name) => readFileSync(join(folder, 'rules/tests', name), 'utf8'))
      .join('\n');
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, annotations } of alerts) {
      const page = annotations?.runbook_url?.match(/docs\/runbooks\/.*$/)?.[0];
      expect(page, `${alert} has no runbook`).toBeDefined();
      expect(existsSync(join(root, page ?? '')), `${page} is not there`).toBe(true);
      expect(tests).toContain(`alertname: ${alert}`);
    }
  });
});
