import type { Config } from '../config/index.ts';
import type { Telemetry } from '../telemetry/sdk.ts';

/** A running part of the product. */
export interface Role {
  /** Where it can be reached, for the line that the start prints. */
  readonly url: string;
  /** Where its metrics are. */
  readonly metricsUrl: string;
  /** Finishes what runs and lets go of everything. */
  stop(): Promise<void>;
}

export interface RoleOptions {
  config: Config;
  telemetry: Telemetry | undefined;
}
