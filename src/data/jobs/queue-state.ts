import type { PgBoss } from 'pg-boss';
import type { QueueState } from '../../telemetry/metrics/audio.ts';
import { AUDIO, AUDIO_DEAD, SCHEMA } from './queues.ts';

const LOOK_EVERY_MS = 15_000;
/** After a change, so that many at once are one look. */
const LOOK_AFTER_MS = 500;

const COUNT = `
  SELECT CASE
      WHEN name = '${AUDIO_DEAD}' THEN 'dead'
      WHEN state = 'active' THEN 'active'
      WHEN start_after > now() THEN 'delayed'
      ELSE 'waiting' END AS state, count(*)::int AS jobs
  FROM ${SCHEMA}.job WHERE name IN ('${AUDIO}', '${AUDIO_DEAD}') AND state < 'completed' GROUP BY 1`;

/** Keeps the numbers of jobs by state fresh, beside any scrape: one small query now and then, and soon after a change. */
export class QueueStateWatch {
  readonly #boss: PgBoss;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #state: Record<QueueState, number> | undefined;

  constructor(boss: PgBoss) {
    this.#boss = boss;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
    this.changed();
  }

  get state(): Record<QueueState, number> | undefined {
    return this.#state;
  }

  /** To be called when jobs were added, taken or settled. */
  changed(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#look();
    }, LOOK_AFTER_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
  }

  async #look(): Promise<void> {
    try {
      const { rows } = await this.#boss.getDb().executeSql(COUNT);
      const counted = Object.fromEntries(
        (rows as { state: QueueState; jobs: number }[]).map((row) => [row.state, row.jobs]),
      );
      this.#state = { waiting: 0, delayed: 0, active: 0, dead: 0, ...counted };
    } catch {
      // Without a database nothing is known of the queue, which is better than what was true once.
      this.#state = undefined;
    }
  }
}
