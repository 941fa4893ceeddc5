import type { Config } from '../config/index.ts';
import type { Stores } from './stores.ts';

/** A running part of the product. */
export interface Role {
  /** Where it can be reached, for those that can. */
  readonly url?: string;
  /** Finishes what runs and lets go of what is its own. */
  stop(): Promise<void>;
}

export interface RoleOptions {
  config: Config;
  /** Shared by the roles of a process; whoever opened them closes them. */
  stores: Stores;
}
