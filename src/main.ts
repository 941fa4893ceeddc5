import { exitOnSignal, fail } from './roles/process.ts';
import { startRoles } from './roles/start.ts';
import { welcome } from './roles/welcome.ts';
import { log } from './telemetry/log.ts';
import { requirePreloaded } from './telemetry/running.ts';

const { config, telemetry } = requirePreloaded();
const stopping = exitOnSignal(telemetry, config.SHUTDOWN_TIMEOUT);
try {
  const roles = await startRoles(config, telemetry);
  stopping.manage(roles);
  log.info('ready', {
    url: roles.url,
    metrics_url: roles.metricsUrl,
    roles: config.ROLES,
    version: config.version,
  });
  if (config.NODE_ENV === 'development' && roles.url !== undefined) {
    welcome(roles.url, roles.metricsUrl, telemetry && { viewer: telemetry.viewer !== undefined });
  }
} catch (error) {
  await fail(error, telemetry);
}
