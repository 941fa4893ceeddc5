import type { Config, RoleName } from '../config/index.ts';
import { isOnThisMachine, urlOnThisMachine } from '../config/local-url.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { loggingStats } from '../telemetry/log.ts';
import { watchRuntime } from '../telemetry/metrics/runtime.ts';
import { watchLogLinesLost } from '../telemetry/metrics/self.ts';
import type { Telemetry } from '../telemetry/sdk.ts';
import { setTraceLinkBase } from '../telemetry/viewer/trace-link.ts';
import { Closers } from './closers.ts';
import type { Role, RoleOptions } from './role.ts';
import { openStores } from './stores.ts';

/** The roles of this process, running. */
export interface Roles {
  /** Where the API is; undefined where it does not run here. */
  readonly url: string | undefined;
  /** Where the metrics are. */
  readonly metricsUrl: string;
  /** Stops the roles, then lets go of everything. */
  stop(): Promise<void>;
}

/** Loaded when it runs: what a role does not need costs it nothing. */
const STARTERS: Record<RoleName, () => Promise<(options: RoleOptions) => Promise<Role>>> = {
  api: async () => (await import('./api.ts')).startApi,
  'audio-worker': async () => (await import('./audio-worker.ts')).startAudioWorker,
};

/** Starts the roles that the configuration asks for. What was opened is closed again when a later step fails. */
export const startRoles = async (config: Config, telemetry: Telemetry | undefined): Promise<Roles> => {
  const closers = new Closers();
  try {
    const stores = await openStores(config);
    closers.add(() => stores.close());
    watchRuntime();
    watchLogLinesLost(() => loggingStats().stdout.lost + loggingStats().file.lost);
    const admin = await startAdminServer({
      host: config.METRICS_HOST,
      port: config.METRICS_PORT,
      viewer: telemetry?.viewer,
    });
    closers.add(() => admin.close());
    const metricsUrl = urlOnThisMachine(config.METRICS_HOST, admin.port);
    // What is bound to one address of the network does not show the viewer to anyone.
    if (telemetry?.viewer !== undefined && config.NODE_ENV !== 'production' && isOnThisMachine(config.METRICS_HOST)) {
      setTraceLinkBase(metricsUrl);
      closers.add(() => setTraceLinkBase(undefined));
    }
    let url: string | undefined;
    const running: Role[] = [];
    // All at once: each has the whole time for what runs in it.
    closers.add(async () => void (await Promise.all(running.map((role) => role.stop()))));
    for (const name of config.ROLES) {
      const start = await STARTERS[name]();
      const role = await start({ config, stores });
      running.push(role);
      url ??= role.url;
    }
    return {
      url,
      metricsUrl,
      stop: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
};
