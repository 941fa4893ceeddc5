import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { waveformJson, waveformSvg } from '../../../features/audio/analysis/waveform-view.ts';
import { getWaveform } from '../../../features/audio/get-waveform.ts';
import { type Reply, route } from '../../contract.ts';
import { namesTag } from '../../ranges.ts';
import { audioParams, WaveformPeaks } from '../../schemas/audio.ts';
import { KEPT_PRIVATELY } from './caching.ts';

const shared = { method: 'GET', tag: 'audio', auth: 'optional', params: audioParams } as const;

const errors = {
  304: 'The client has it already.',
  404: 'There is no such upload, no post of it that you may see, or it is not ready.',
  409: 'It is yours, and is still being processed or failed.',
} as const;

const replyWith = ({ headers }: IncomingMessage, contentType: string, content: string): Reply => {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
  const caching = { ...KEPT_PRIVATELY, ETag: etag };
  if (namesTag(headers['if-none-match'], etag)) return { status: 304, headers: caching };
  return { status: 200, raw: { contentType, content }, headers: caching };
};

export const waveformAsSvg = route(
  {
    ...shared,
    path: '/api/v1/audio/:id/waveform.svg',
    summary: 'The waveform of an upload, as a picture',
    responses: { 200: 'The picture.', ...errors },
    media: { 200: ['image/svg+xml'] },
  },
  async (ctx, { params, viewer, request }) => {
    const { peaks, waveform } = await getWaveform(ctx, viewer?.id, params.id);
    return replyWith(request, 'image/svg+xml; charset=utf-8', waveformSvg(peaks, waveform));
  },
);

export const waveformAsJson = route(
  {
    ...shared,
    path: '/api/v1/audio/:id/waveform.json',
    summary: 'The peaks of an upload',
    responses: { 200: WaveformPeaks, ...errors },
  },
  async (ctx, { params, viewer, request }) => {
    const { peaks, waveform } = await getWaveform(ctx, viewer?.id, params.id);
    return replyWith(request, 'application/json; charset=utf-8', JSON.stringify(waveformJson(peaks, waveform)));
  },
);
