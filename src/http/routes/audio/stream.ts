import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { openStream, type Wanted } from '../../../features/audio/open-stream.ts';
import type { Rendition } from '../../../features/audio/result.ts';
import { inline } from '../../content-disposition.ts';
import { route } from '../../contract.ts';
import { HttpRefusal } from '../../http-refusal.ts';
import { namesTag, parseRange, rangeHolds } from '../../ranges.ts';
import { audioParams } from '../../schemas/audio.ts';
import { KEPT_PRIVATELY } from './caching.ts';

const EXTENSIONS: Record<Rendition['name'], string> = { aac: 'm4a', mp3: 'mp3' };

interface Answer {
  status: 200 | 206 | 304;
  bytes: Wanted;
}

/**
 * What of `rendition` answers a request: RFC 9110, 13.2.2 for the order of its conditions. Range means nothing but to GET.
 * @throws HttpRefusal 416 when nothing of the range is there.
 */
const answerTo = ({ method, headers }: IncomingMessage, { bytes: size, etag: tag }: Rendition): Answer => {
  const etag = `"${tag}"`;
  if (namesTag(headers['if-none-match'], etag)) return { status: 304, bytes: 'nothing' };
  if (method === 'HEAD') return { status: 200, bytes: 'nothing' };
  const ifRange = headers['if-range'];
  const range = rangeHolds(typeof ifRange === 'string' ? ifRange : undefined, etag)
    ? parseRange(headers.range, size)
    : 'whole';
  if (range === 'whole') return { status: 200, bytes: 'all' };
  if (range !== 'unsatisfiable') return { status: 206, bytes: range };
  throw new HttpRefusal(416, 'BAD_REQUEST', `there are ${size} bytes, and none of the range`, {
    headers: { 'Content-Range': `bytes */${size}`, 'Accept-Ranges': 'bytes' },
  });
};

export const stream = route(
  {
    method: 'GET',
    path: '/api/v1/audio/:id/stream',
    tag: 'audio',
    summary: 'Play an upload',
    description: 'The whole file, or one range of it. Several ranges at once are answered with the whole.',
    auth: 'optional',
    params: audioParams,
    query: z.strictObject({ format: z.enum(['aac', 'mp3'], { error: 'must be aac or mp3' }).default('aac') }),
    responses: {
      200: 'The file.',
      206: 'The range of it that was asked for.',
      304: 'The client has it already.',
      404: 'There is no such upload, no post of it that you may see, or it is not ready.',
      409: 'It is yours, and is still being processed or failed.',
      416: 'Nothing of the range is there; Content-Range says how much is.',
    },
    media: { 200: ['audio/mp4', 'audio/mpeg'], 206: ['audio/mp4', 'audio/mpeg'] },
  },
  async (ctx, { params, query, viewer, request }) => {
    const opened = await openStream(ctx, viewer?.id, params.id, query.format, (rendition) =>
      answerTo(request, rendition),
    );
    const { rendition, filename, wanted, content } = opened;
    const caching = { ...KEPT_PRIVATELY, ETag: `"${rendition.etag}"` };
    if (wanted.status === 304) return { status: 304, headers: caching };
    const { bytes } = wanted;
    const range = typeof bytes === 'object' ? bytes : { start: 0, end: rendition.bytes - 1 };
    const name = `${filename.replace(/\.\w{1,5}$/, '')}.${EXTENSIONS[query.format]}`;
    return {
      status: wanted.status,
      headers: {
        ...caching,
        'Accept-Ranges': 'bytes',
        'Content-Length': String(range.end - range.start + 1),
        ...(wanted.status === 206 ? { 'Content-Range': `bytes ${range.start}-${range.end}/${rendition.bytes}` } : {}),
        'Content-Disposition': inline(name),
        'X-Content-Type-Options': 'nosniff',
      },
      stream: { contentType: rendition.contentType, content },
    };
  },
);
