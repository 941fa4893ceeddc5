import { withSpan } from '../../../telemetry/spans.ts';
import type { Features } from '../analysis/features.ts';
import { estimateKey } from '../analysis/key.ts';
import { estimateTempo } from '../analysis/tempo.ts';
import type { AudioResult } from '../result.ts';

/** Tempo and key, as far as they can be told. Takes a millisecond or two, however long the audio was. */
export const estimate = ({ onsets, chroma }: Features): Promise<Pick<AudioResult, 'tempo' | 'key'>> =>
  withSpan('audio.analyse', {}, async (span) => {
    const tempo = estimateTempo(onsets);
    const key = estimateKey(chroma);
    if (tempo) span.setAttribute('audio.tempo', tempo.bpm);
    if (key) span.setAttribute('audio.key', key.name);
    return { tempo, key };
  });
