import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { alertFile } from './alerts.ts';
import { apiPerformance } from './dashboards/api-performance.ts';
import { audioPipeline } from './dashboards/audio-pipeline.ts';
import { cacheDatabase } from './dashboards/cache-database.ts';
import { distributedTracing } from './dashboards/distributed-tracing.ts';
import { feed } from './dashboards/feed.ts';
import { logsTraces } from './dashboards/logs-traces.ts';
import { serviceLevel } from './dashboards/service-level.ts';
import { telemetryHealth } from './dashboards/telemetry-health.ts';

/** Every dashboard, by the name of its file. */
const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'api-performance': apiPerformance,
  'audio-pipeline': audioPipeline,
  'cache-database': cacheDatabase,
  'distributed-tracing': distributedTracing,
  feed,
  'logs-traces': logsTraces,
  'service-level': serviceLevel,
  'telemetry-health': telemetryHealth,
};

/**
 * What Grafana reads, by its path in the folder `grafana`: the same text every time.
 * `alertRules` is the text of prometheus/rules/alerts.yml.
 */
export const generatedFiles = (alertRules: string): Map<string, string> => {
  const dashboards = Object.entries(DASHBOARDS).map(([name, build]) => [name, build()] as const);
  const files = new Map<string, string>();
  for (const [name, dashboard] of dashboards) {
    files.set(`dashboards/${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`);
  }
  files.set(
    'provisioning/alerting/alerts.yaml',
    alertFile(
      alertRules,
      dashboards.map(([, dashboard]) => dashboard),
    ),
  );
  return files;
};
