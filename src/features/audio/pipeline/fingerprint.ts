import { withSpan } from '../../../telemetry/spans.ts';
import type { Features } from '../analysis/features.ts';

/** The fingerprint's terms, at most 300, for the database; none for silence. `similarity` compares two such sets. */
export const fingerprintOf = ({ terms }: Features): Promise<number[]> =>
  withSpan('audio.fingerprint', {}, async () => [...terms]);
