// npm run test:stack: asks a stack that is up whether everything arrives where it should, and every query finds something.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ask } from './test-stack/ask.ts';
import { eventually, Failure, patience } from './test-stack/failure.ts';
import { checkGrafana } from './test-stack/grafana.ts';
import { type Load, startLoad } from './test-stack/load.ts';
import { checkOneRequest } from './test-stack/one-request.ts';
import { checkPanels, checkTour } from './test-stack/panels.ts';
import { Report } from './test-stack/report.ts';
import { checkRules } from './test-stack/rules.ts';
import { readOptions } from './test-stack/services.ts';
import { checkStreams } from './test-stack/streams.ts';
import { checkUpload } from './test-stack/upload.ts';

/** How long all queries together may wait for what comes late: a rule of Loki runs every minute. */
const PATIENCE_SECONDS = 75;
/** Where somebody is missing, much will not come at all. */
const SHORT_PATIENCE_SECONDS = 10;

const options = readOptions(process.env);
const report = new Report(options);
const start = Date.now() / 1000;

await report.reach();

const Targets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ labels: z.object({ job: z.string() }), health: z.string(), lastError: z.string().default('') }),
    ),
  }),
});
for (const job of ['sidechain', 'prometheus', 'tempo', 'loki', 'promtail', 'grafana'])
  await report.check(`Prometheus scrapes ${job}`, job === 'grafana' ? ['prometheus', 'grafana'] : ['prometheus'], () =>
    eventually(patience(20), async () => {
      const { prometheus } = options.services;
      const { data } = await ask(prometheus, Targets, '/api/v1/targets', { state: 'active' });
      const targets = data.activeTargets.filter(({ labels }) => labels.job === job);
      const up = targets.filter(({ health }) => health === 'up').length;
      const answer = targets.map(({ lastError }) => lastError).join('\n');
      if (up === 0) throw new Failure('no target of it is up', { query: `targets of job ${job}`, answer });
      return `${up} up`;
    }),
  );

const request = await checkOneRequest(report, options);

report.section('Load');
let load: Load | undefined;
await report.check('people sign in', ['api'], async () => {
  load = await startLoad(options.services.api.url);
  return `${load.people.length}`;
});
const began = performance.now();
const [person] = load?.people ?? [];
if (person) await checkUpload(report, options, person);
if (load)
  await report.check(`${options.loadSeconds} s of load`, ['api'], async () => {
    await sleep(Math.max(0, options.loadSeconds * 1000 - (performance.now() - began)));
    return load?.tally.progress(0) ?? '';
  });
if (load) await checkStreams(report, options, load.people, start);

// It goes on meanwhile, as it does when somebody looks at a dashboard.
const within = patience(report.isComplete ? PATIENCE_SECONDS : SHORT_PATIENCE_SECONDS);
await checkPanels(report, options, start, within);
await checkRules(report, options, start, within);
await checkTour(
  report,
  options,
  { 'trace id': request?.traceId ?? '', 'request id': request?.requestId ?? '', 'user id': request?.userId ?? '' },
  start,
  within,
);
await checkGrafana(report, options);

await load?.stop();
if (load)
  await report.check('no request of the load failed', ['api'], async () => {
    const tally = load?.tally;
    const failed = [0, 500, 502, 503, 504].reduce((sum, status) => sum + (tally?.statusCount(status) ?? 0), 0);
    if (failed > 0) throw new Failure(`${failed} did`, { answer: tally?.summary() ?? '' });
    return tally?.summary().split('\n').at(-1) ?? '';
  });

process.exitCode = report.summary() ? 0 : 1;
