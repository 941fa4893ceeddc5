import { z } from 'zod';
import { ask } from './ask.ts';
import { dashboards } from './dashboards.ts';
import { Failure } from './failure.ts';
import type { Report } from './report.ts';
import type { Options } from './services.ts';

const Health = z.object({ status: z.string(), message: z.string().default('') });
const Placed = z.object({ dashboard: z.object({ title: z.string() }) });
const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(z.object({ name: z.string(), health: z.string(), lastError: z.string().default('') })),
      }),
    ),
  }),
});

/** Its datasources answer, our dashboards are there, and none of its alert rules fails. */
export const checkGrafana = async (report: Report, { services, grafanaPassword }: Options): Promise<void> => {
  const { grafana } = services;
  const headers = { authorization: `Basic ${Buffer.from(`admin:${grafanaPassword}`).toString('base64')}` };
  report.section('Grafana');
  for (const uid of ['prometheus', 'tempo', 'loki'])
    await report.check(`datasource ${uid} answers`, ['grafana'], async () => {
      const path = `/api/datasources/uid/${uid}/health`;
      const { status, message } = await ask(grafana, Health, path, {}, headers);
      if (status !== 'OK') throw new Failure(`its status is ${status}`, { query: `GET ${path}`, answer: message });
      return message;
    });
  for (const { uid, title } of dashboards)
    await report.check(`dashboard ${title} is there`, ['grafana'], async () => {
      const { dashboard } = await ask(grafana, Placed, `/api/dashboards/uid/${uid}`, {}, headers);
      if (dashboard.title !== title) throw new Failure(`its title is ${dashboard.title}`, { query: uid });
      return '';
    });
  await report.check('its alert rules run', ['grafana'], async () => {
    const path = '/api/prometheus/grafana/api/v1/rules';
    const rules = (await ask(grafana, Rules, path, {}, headers)).data.groups.flatMap((group) => group.rules);
    const failing = rules.filter(({ health }) => health === 'error');
    if (rules.length === 0 || failing.length > 0)
      throw new Failure(rules.length === 0 ? 'there are none' : `${failing.length} of ${rules.length} fail`, {
        query: `GET ${path}`,
        answer: failing.map(({ name, lastError }) => `${name}: ${lastError}`).join('\n'),
      });
    return `${rules.length}`;
  });
};
