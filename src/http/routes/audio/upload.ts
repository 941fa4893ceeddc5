import { createUpload } from '../../../features/audio/create-upload.ts';
import { UploadReceipt } from '../../../features/audio/receive-upload.ts';
import { AUDIO_FORMATS } from '../../../integrations/ffmpeg/ffmpeg.ts';
import { route } from '../../contract.ts';
import { AcceptedUpload, UploadFields } from '../../schemas/audio.ts';

const MAX_BYTES = 50 * 1024 * 1024;

export const upload = route(
  {
    method: 'POST',
    path: '/api/v1/audio/upload',
    tag: 'audio',
    summary: 'Upload a loop',
    description: `One of ${AUDIO_FORMATS.join(', ')}, judged by its content and not by its name. It is processed after the answer: ask \`poll_url\` how far it is.`,
    auth: 'required',
    limit: 'upload',
    form: {
      fields: UploadFields,
      file: {
        name: 'audio',
        description: `The file: ${AUDIO_FORMATS.join(', ')}; at most 50 MiB.`,
        maxBytes: MAX_BYTES,
        nameField: 'filename',
        open: (ctx) => new UploadReceipt(ctx),
      },
    },
    responses: { 202: AcceptedUpload },
    idempotent: true,
  },
  async (ctx, { form: { fields, file }, viewer }) => {
    const { duration_bars: durationBars, filename, ...said } = fields;
    const received = file.upload;
    const { audioId, jobId, postId } = await createUpload(ctx, viewer.id, {
      ...said,
      ...received,
      durationBars,
      filename: filename ?? `audio.${received.format}`,
    });
    const pollUrl = `/api/v1/audio/status/${jobId}`;
    return {
      status: 202,
      headers: { Location: pollUrl },
      body: {
        audio_id: audioId,
        ...(postId === undefined ? {} : { post_id: postId }),
        job_id: jobId,
        status: 'processing',
        poll_url: pollUrl,
      },
    };
  },
);
