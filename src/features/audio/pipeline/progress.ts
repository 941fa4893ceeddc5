import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Bus } from '../../../data/bus.ts';
import type { Database } from '../../../data/database.ts';
import { type Lease, saveProgress } from '../../../data/repositories/audio-jobs.ts';
import { STAGES, type Stage } from '../result.ts';

/** Shares of the whole, by the time that the stages of an ordinary loop take. */
const WEIGHTS: Record<Stage, number> = {
  fetch: 0.02,
  probe: 0.05,
  loudness: 0.15,
  transcode: 0.42,
  waveform: 0.18,
  fingerprint: 0.03,
  analyse: 0.05,
  store: 0.06,
  publish: 0.04,
};

const SAVE_EVERY_MS = 500;

/** Where a stage begins, 0 to 1. */
const startOf = (stage: Stage): number =>
  STAGES.slice(0, STAGES.indexOf(stage)).reduce((sum, earlier) => sum + WEIGHTS[earlier], 0);

interface ProgressOptions {
  db: Database;
  bus: Bus;
  jobId: string;
  lease: Lease;
  /** Called once, when the row says that another attempt has taken over. */
  onLost: () => void;
}

/** Writes how far an attempt is into its row, twice a second at most, and tells whoever watches the job. */
export class ProgressReport {
  readonly #options: ProgressOptions;
  #stage: Stage = 'fetch';
  #fraction = 0;
  /** A stage may run again; nobody wants to see a bar go back. */
  #furthest = 0;
  #savedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;
  #closed = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** @param fraction of the stage, 0 to 1. */
  tell(stage: Stage, fraction: number): void {
    if (this.#closed) return;
    this.#stage = stage;
    this.#fraction = Math.min(1, Math.max(0, fraction));
    this.#timer ??= setTimeout(
      () => this.#save(),
      Math.max(0, this.#savedAt + SAVE_EVERY_MS - performance.now()),
    ).unref();
  }

  /** Says no more. Resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#saving;
  }

  #save(): void {
    this.#timer = undefined;
    this.#saving ??= this.#write().finally(() => {
      this.#saving = undefined;
    });
  }

  async #write(): Promise<void> {
    const { db, bus, jobId, lease, onLost } = this.#options;
    this.#savedAt = performance.now();
    const progress = Math.max(this.#furthest, startOf(this.#stage) + WEIGHTS[this.#stage] * this.#fraction);
    this.#furthest = progress;
    try {
      // A heartbeat, and no part of what a stage does.
      const held = await context.with(suppressTracing(context.active()), () =>
        saveProgress(db, lease, this.#stage, progress),
      );
      if (held) await bus.publish('upload.changed', jobId);
      else if (!this.#closed) onLost();
    } catch {
      // The database is away. How far it is can be told later; whether it is lost, too.
    }
  }
}
