import { UIDS } from './kit/uids.ts';

interface AlertPanel {
  dashboard: string;
  /** The title of the panel. */
  panel: string;
}

const AVAILABILITY = { dashboard: UIDS.objectives, panel: 'Availability: burn rate' };
const FEED_LATENCY = { dashboard: UIDS.objectives, panel: 'Feed latency: burn rate' };
const JOBS = { dashboard: UIDS.audio, panel: 'Jobs by state' };

/** Where somebody who got an alert looks first. Grafana links the message to it and marks the alert in its graph. */
export const ALERT_PANELS: Readonly<Record<string, AlertPanel>> = {
  AvailabilityBurnFast: AVAILABILITY,
  AvailabilityBurnSlow: AVAILABILITY,
  FeedLatencyBurnFast: FEED_LATENCY,
  FeedLatencyBurnSlow: FEED_LATENCY,
  HttpErrorRateHigh: { dashboard: UIDS.api, panel: 'Share of failed requests by route' },
  HttpLatencyP99High: { dashboard: UIDS.api, panel: 'Latency' },
  AudioBacklogHigh: JOBS,
  AudioProcessingSlow: { dashboard: UIDS.audio, panel: 'p95 by stage' },
  AudioDeadLetters: JOBS,
  SpansDropped: { dashboard: UIDS.telemetry, panel: 'Dropped, by reason' },
  TraceExportFailing: { dashboard: UIDS.telemetry, panel: 'Attempts to export that failed' },
  RoleDown: { dashboard: UIDS.api, panel: 'Processes' },
};
