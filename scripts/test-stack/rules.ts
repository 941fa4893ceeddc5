import { z } from 'zod';
import { ask } from './ask.ts';
import { promql } from './backends.ts';
import { eventually, Failure, type Patience } from './failure.ts';
import type { Report } from './report.ts';
import type { Options, Service } from './services.ts';

const Rule = z.object({
  type: z.enum(['alerting', 'recording']),
  name: z.string(),
  query: z.string(),
  state: z.string().optional(),
  health: z.string(),
  lastError: z.string().default(''),
  lastEvaluation: z.string().default(''),
});
interface RuleJson extends z.infer<typeof Rule> {
  /** Seconds from one evaluation to the next. */
  interval: number;
}
const Group = z.object({ interval: z.number(), rules: z.array(Rule) });
const Rules = z.object({ data: z.object({ groups: z.array(Group) }) });

/** A group that runs more rarely need not have run since there is something to count, on a stack that has just come up. */
const USUAL_INTERVAL = 60;

const rulesOf = async (service: Service, path: string): Promise<RuleJson[]> => {
  const { data } = await ask(service, Rules, path);
  const rules = data.groups.flatMap(({ interval, rules: some }) => some.map((rule) => ({ ...rule, interval })));
  if (rules.length === 0) throw new Failure('no rules are loaded', { query: `GET ${service.url}${path}` });
  return rules;
};

const Matcher = z.object({ name: z.string(), type: z.string(), value: z.string() });
type Selector = z.infer<typeof Matcher>[];
const Tree = z.object({ data: z.unknown() });

/** What a query reads: the selectors in it, wherever they stand in the tree that Prometheus makes of it. */
const selectorsIn = (node: unknown): Selector[] => {
  if (typeof node !== 'object' || node === null) return [];
  if ('matchers' in node) return [z.array(Matcher).parse(node.matchers)];
  return Object.values(node).flatMap(selectorsIn);
};

const written = (selector: Selector): string =>
  `{${selector.map(({ name, type, value }) => `${name}${type}${JSON.stringify(value)}`).join(', ')}}`;

const Metadata = z.object({ data: z.record(z.string(), z.unknown()) });

/**
 * A counter of what has never happened has no series, but whoever would count tells of it: under a name without _total.
 * One that has series, and none that the selector means, is asked for by a wrong label.
 */
const isDeclaredOnly = async (prometheus: Service, selector: Selector): Promise<boolean> => {
  const named = selector.filter(({ name }) => name === '__name__');
  const absent = await promql(prometheus, `absent(${written(named)})`).catch(() => 0);
  if (absent === 0) return false;
  for (const name of named[0]?.value.split('|') ?? []) {
    const { data } = await ask(prometheus, Metadata, '/api/v1/metadata', { metric: name.replace(/_total$/, '') });
    if (Object.keys(data).length > 0) return true;
  }
  return false;
};

/**
 * An alert that is silent returns nothing, which a broken one does too: so each thing that it reads is asked for.
 * @returns how much it reads. @throws Failure when there is something that nobody makes.
 */
const whatItReads = async (prometheus: Service, query: string): Promise<string> => {
  const tree = await ask(prometheus, Tree, '/api/v1/parse_query', { query });
  let series = 0;
  const silent: string[] = [];
  for (const text of new Set(selectorsIn(tree.data).map((selector) => JSON.stringify(selector)))) {
    const selector: Selector = JSON.parse(text);
    try {
      series += await promql(prometheus, `last_over_time(${written(selector)}[5m])`);
    } catch (error) {
      if (!(error instanceof Failure) || error.final || !(await isDeclaredOnly(prometheus, selector))) throw error;
      silent.push(written(selector));
    }
  }
  return `reads ${series} series${silent.length > 0 ? `; has never happened yet: ${silent.join(', ')}` : ''}`;
};

/** @param since in seconds since 1970 */
const isStillToRun = ({ health, interval, lastEvaluation }: RuleJson, since: number): boolean =>
  interval > USUAL_INTERVAL && (health === 'unknown' || Date.parse(lastEvaluation) / 1000 < since);

const checkHealth = ({ health, lastError, query }: RuleJson): void => {
  if (health !== 'ok') throw new Failure(`its health is ${health}`, { query, answer: lastError });
};

/**
 * Every alert and every recording rule, of Prometheus and of Loki.
 * @param start of the load, in seconds since 1970
 */
export const checkRules = async (
  report: Report,
  { services }: Options,
  start: number,
  within: Patience,
): Promise<void> => {
  const { prometheus, loki } = services;
  report.section('Every rule');
  const names = async (path: string, service: Service): Promise<RuleJson[]> => {
    let rules: RuleJson[] = [];
    const name = service === loki ? 'loki' : 'prometheus';
    await report.check(`${service.title} has loaded rules`, [name], async () => {
      rules = await rulesOf(service, path);
      return `${rules.length}`;
    });
    return rules;
  };
  // What is counted in the first minute is recorded by the end of it.
  const counted = start + USUAL_INTERVAL;
  const again = async (service: Service, path: string, { name }: RuleJson): Promise<RuleJson> => {
    const rule = (await rulesOf(service, path)).find((one) => one.name === name);
    if (!rule) throw new Failure('it is gone', { query: name });
    if (!isStillToRun(rule, counted)) checkHealth(rule);
    return rule;
  };
  const path = '/api/v1/rules';
  for (const rule of await names(path, prometheus))
    await report.check(`${rule.type === 'alerting' ? 'alert' : 'rule'} ${rule.name}`, ['api', 'prometheus'], () =>
      eventually(within, async () => {
        const now = await again(prometheus, path, rule);
        if (rule.type === 'alerting') return `${now.state}, ${await whatItReads(prometheus, now.query)}`;
        try {
          return `${await promql(prometheus, rule.name)} series`;
        } catch (error) {
          if (!(error instanceof Failure) || !isStillToRun(now, counted)) throw error;
          await ask(prometheus, Tree, '/api/v1/parse_query', { query: now.query });
          return `has not run since the load began, which it does every ${now.interval} s`;
        }
      }),
    );
  const lokiPath = '/prometheus/api/v1/rules';
  for (const rule of await names(lokiPath, loki))
    await report.check(`rule ${rule.name} of Loki`, ['api', 'loki', 'prometheus'], () =>
      eventually(within, async () => {
        await again(loki, lokiPath, rule);
        // Without a line that is no JSON there is nothing to count.
        if (rule.query.includes('malformed')) return 'runs';
        return `${await promql(prometheus, rule.name)} series in Prometheus`;
      }),
    );
};
