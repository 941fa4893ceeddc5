import { startApi } from './roles/api.ts';
import { exitOnSignal, fail } from './roles/process.ts';
import { welcome } from './roles/welcome.ts';
import { log } from './telemetry/log.ts';
import { requirePreloaded } from './telemetry/running.ts';

const { config, telemetry } = requirePreloaded();
const stopping = exitOnSignal(telemetry, config.SHUTDOWN_TIMEOUT);
try {
  const role = await startApi({ config, telemetry });
  stopping.manage(role);
  log.info('ready', { url: role.url, metrics_url: role.metricsUrl, version: config.version });
  if (config.NODE_ENV === 'development') welcome(role);
} catch (error) {
  await fail(error, telemetry);
}
