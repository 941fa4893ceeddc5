import { setTimeout as sleep } from 'node:timers/promises';

/** A check that did not pass: what was asked, and what came. */
export class Failure extends Error {
  readonly query: string | undefined;
  readonly answer: string | undefined;
  /** Whether another try can change it: a query that is no query stays one. */
  readonly final: boolean;

  constructor(message: string, { query, answer, final = false }: { query?: string; answer?: string; final?: boolean }) {
    super(message);
    this.query = query;
    this.answer = answer;
    this.final = final;
  }
}

/** What is left until everybody has to be done. */
export interface Patience {
  readonly left: number;
}

/** @param seconds from now on, for all who share it. */
export const patience = (seconds: number): Patience => {
  const end = performance.now() + seconds * 1000;
  return {
    get left() {
      return Math.max(0, (end - performance.now()) / 1000);
    },
  };
};

/**
 * Tries again until it succeeds, since what the stack knows it knows some seconds later.
 * @param every seconds between two tries
 * @throws Failure the last one, when the patience is gone.
 */
export const eventually = async <T>(within: Patience, attempt: () => Promise<T>, every = 1): Promise<T> => {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Failure) || error.final || within.left === 0) throw error;
      await sleep(Math.min(every, within.left) * 1000);
    }
  }
};
