import type { RowWriter } from './copy.ts';
import type { World } from './world.ts';

export interface Writing {
  /** The same for everyone: hashing a password is slow on purpose. */
  passwordHash: string;
  /** Weight of genre g for person p at [p * number of genres + g]; filled while likes and plays are written. */
  genreWeights: Float32Array;
  /** Tells how much of the table is done, 0 to 1, and lets the process breathe. */
  tick: (done: number) => Promise<void>;
}

/** How the rows of one table are made and written. */
export interface TableWriter {
  table: string;
  columns: readonly string[];
  write(world: World, out: RowWriter, writing: Writing): Promise<void>;
}
