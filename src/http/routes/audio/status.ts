import { getStatus } from '../../../features/audio/get-status.ts';
import { watchStatus } from '../../../features/audio/watch-status.ts';
import { route } from '../../contract.ts';
import { jobParams, UploadStatus } from '../../schemas/audio.ts';
import { eventStream } from './event-stream.ts';

const shared = {
  method: 'GET',
  tag: 'audio',
  auth: 'required',
  params: jobParams,
} as const;

export const status = route(
  {
    ...shared,
    path: '/api/v1/audio/status/:job_id',
    summary: 'How far your upload is',
    responses: { 200: UploadStatus, 404: 'There is no such upload of yours.' },
  },
  async (ctx, { params, viewer }) => ({ status: 200, body: await getStatus(ctx, viewer.id, params.job_id) }),
);

export const statusEvents = route(
  {
    ...shared,
    path: '/api/v1/audio/status/:job_id/events',
    summary: 'How far your upload is, as it changes',
    description: [
      'Server-sent events: `event: status`, its data the JSON of the status, one now and one for every change; the stream',
      'ends when the upload is complete or failed, or after a while: then ask again. A comment every 15 s keeps the',
      'connection alive. `EventSource` cannot send an access token; read the stream with `fetch`, which can.',
    ].join(' '),
    responses: { 200: 'The events.', 404: 'There is no such upload of yours.', 429: 'Too many streams are open.' },
    media: { 200: ['text/event-stream'] },
  },
  async (ctx, { params, viewer }) => {
    const watch = await watchStatus(ctx, viewer.id, params.job_id);
    return {
      status: 200,
      // Proxies that gather an answer before they pass it on (nginx) leave this one alone.
      headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
      stream: { contentType: 'text/event-stream; charset=utf-8', content: eventStream(watch), live: true },
    };
  },
);
