import type { Database } from '../../data/database.ts';
import { findVisiblePeaks } from '../../data/repositories/audio-uploads.ts';
import { notFound } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { requirePlayable } from './get-audio.ts';
import type { AudioResult, Waveform } from './result.ts';

/**
 * The peaks of an upload, pairs of smallest and largest sample as signed bytes, and how to read them.
 * @throws AppError as `requirePlayable`
 */
export const getWaveform = (
  ctx: { db: Database },
  viewerId: string | undefined,
  id: string,
): Promise<{ peaks: Uint8Array; waveform: Waveform }> =>
  withSpan('audio.waveform_data', { 'audio.id': id }, async () => {
    const found = await findVisiblePeaks(ctx.db, id, viewerId);
    if (found?.result) return { peaks: found.peaks, waveform: (found.result as AudioResult).waveform };
    // It says why there are none.
    await requirePlayable(ctx.db, id, viewerId);
    throw notFound('waveform');
  });
