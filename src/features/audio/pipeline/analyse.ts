import { trace } from '@opentelemetry/api';
import type { Features } from '../analysis/features.ts';
import { estimateKey } from '../analysis/key.ts';
import { estimateTempo } from '../analysis/tempo.ts';
import type { AudioResult } from '../result.ts';

/**
 * Tempo and key, as far as they can be told. Takes a millisecond or two, however long the audio was. What it finds becomes
 * attributes of the running span, which is its stage's.
 */
export const estimate = ({ onsets, chroma }: Features): Pick<AudioResult, 'tempo' | 'key'> => {
  const tempo = estimateTempo(onsets);
  const key = estimateKey(chroma);
  trace.getActiveSpan()?.setAttributes({
    ...(tempo ? { 'audio.tempo': tempo.bpm } : {}),
    ...(key ? { 'audio.key': key.name } : {}),
  });
  return { tempo, key };
};
