import type { Config } from '../config/index.ts';
import type { Telemetry } from './sdk.ts';

/** What the preload started, for the process that follows it. */
export interface Preloaded {
  config: Config;
  /** Absent when telemetry is off. */
  telemetry: Telemetry | undefined;
}

let preloaded: Preloaded | undefined;

export const setTelemetry = (config: Config, telemetry: Telemetry | undefined): void => {
  preloaded = { config, telemetry };
};

/** @throws Error when the process was started without the preload. */
export const requirePreloaded = (): Preloaded => {
  if (!preloaded) throw new Error('start with: node --import ./src/telemetry/register.ts src/main.ts (npm start does)');
  return preloaded;
};
