import type { Database } from '../../../data/database.ts';
import { findAlike } from '../../../data/repositories/audio-duplicates.ts';
import { addEvent } from '../../../telemetry/spans.ts';
import { SAME_RECORDING, similarity } from '../analysis/fingerprint.ts';

/** @returns the earlier upload that sounds the same, the most alike of those that this user may know of; or null. */
export const findDuplicate = async (
  db: Database,
  upload: { audioId: string; userId: string },
  terms: readonly number[],
): Promise<string | null> => {
  if (terms.length === 0) return null;
  const alike = (await findAlike(db, upload, terms))
    .map(({ id, fingerprint }) => ({ id, likeness: similarity(terms, fingerprint) }))
    .filter(({ likeness }) => likeness >= SAME_RECORDING)
    .sort((one, other) => other.likeness - one.likeness);
  const [first] = alike;
  if (!first) return null;
  addEvent('audio duplicate found', { 'audio.duplicate_of': first.id });
  return first.id;
};
