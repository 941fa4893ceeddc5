import { getAudio } from '../../../features/audio/get-audio.ts';
import { audioView } from '../../../features/audio/upload-view.ts';
import { route } from '../../contract.ts';
import { Audio, audioParams } from '../../schemas/audio.ts';

export const get = route(
  {
    method: 'GET',
    path: '/api/v1/audio/:id',
    tag: 'audio',
    summary: 'What is known of an upload',
    auth: 'optional',
    params: audioParams,
    responses: {
      200: Audio,
      404: 'There is no such upload, no post of it that you may see, or it is not ready.',
      409: 'It is yours, and is still being processed or failed.',
    },
  },
  async (ctx, { params, viewer }) => ({ status: 200, body: audioView(await getAudio(ctx, viewer?.id, params.id)) }),
);
