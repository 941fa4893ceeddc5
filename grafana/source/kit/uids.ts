/** The dashboards there are. A uid is part of a URL, so it never changes. */
export const UIDS = {
  api: 'sidechain-api',
  feed: 'sidechain-feed',
  data: 'sidechain-data',
  tracing: 'sidechain-tracing',
  logs: 'sidechain-logs',
  audio: 'sidechain-audio',
  telemetry: 'sidechain-telemetry',
  objectives: 'sidechain-objectives',
} as const;
