import type { Config } from '../../config/index.ts';
import { urlOnThisMachine } from '../../config/local-url.ts';
import type { ViewerSettings } from './http/shell.ts';
import { TraceRing } from './trace-ring.ts';

/** The trace viewer: what it shows, and what its page has to know. */
export interface TraceViewer {
  readonly ring: TraceRing;
  readonly settings: ViewerSettings;
}

export const openViewer = (config: Config): TraceViewer => ({
  ring: new TraceRing(),
  settings: {
    tempo: config.TRACE_VIEWER_TEMPO_URL,
    loki: config.TRACE_VIEWER_LOKI_URL,
    // With port 0 it is not known before it listens.
    api: config.ROLES.includes('api') && config.PORT !== 0 ? urlOnThisMachine(config.HOST, config.PORT) : undefined,
    service: config.OTEL_SERVICE_NAME,
  },
});
