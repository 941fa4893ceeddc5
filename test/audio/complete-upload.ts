import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { AudioResult, Rendition } from '../../src/features/audio/result.ts';
import type { TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import type { AudioApp } from './http-app.ts';
import { field, file, wav } from './multipart.ts';

export interface CompleteUpload {
  id: string;
  jobId: string;
  postId: string;
  aac: Buffer;
  mp3: Buffer;
  etag: string;
}

/** Where the files are made, once. */
let folder: string | undefined;

/** Uploads a file, and makes of it what a worker would have: real files, under the keys that a worker gives them. */
export const completeUpload = async (
  app: Pick<AudioApp, 'sendParts' | 'storage' | 'db'>,
  { user, visibility = 'public', filename = 'night drive.wav' } = {} as {
    user?: TestUser;
    visibility?: string;
    filename?: string;
  },
): Promise<CompleteUpload> => {
  const { json } = await app.sendParts(
    [file(wav(0.3), filename), field('post', 'true'), field('visibility', visibility)],
    {
      ...(user && { user }),
    },
  );
  folder ??= temporaryFolder('renditions');
  const at = folder;
  const made = async (name: Rendition['name'], format: 'm4a' | 'mp3', contentType: Rendition['contentType']) => {
    const path = await makeAudio(at, { kind: 'sweep', seconds: 3, format });
    const key = `audio/${json.audio_id}/${json.job_id}/loop.${format}`;
    const { bytes } = await app.storage.putFile(key, path, { contentType });
    const content = readFileSync(path);
    const etag = createHash('sha256').update(content).digest('base64url');
    return { content, rendition: { name, contentType, key, bytes, etag } };
  };
  const aac = await made('aac', 'm4a', 'audio/mp4');
  const mp3 = await made('mp3', 'mp3', 'audio/mpeg');
  await app.db.audioUpload.update({
    where: { id: json.audio_id },
    data: {
      status: 'complete',
      stage: 'publish',
      progress: 1,
      attempts: 1,
      result: { ...RESULT, renditions: [aac.rendition, mp3.rendition] } as object,
      peaks: Buffer.from(new Int8Array([-100, 100, -50, 50]).buffer),
      completedAt: new Date(),
    },
  });
  await app.db.post.update({
    where: { id: json.post_id },
    data: { audioStatus: 'ready', listed: visibility === 'public' },
  });
  return {
    id: json.audio_id,
    jobId: json.job_id,
    postId: json.post_id,
    aac: aac.content,
    mp3: mp3.content,
    etag: `"${aac.rendition.etag}"`,
  };
};

const RESULT: Omit<AudioResult, 'renditions'> = {
  duration: 3,
  source: { codec: 'pcm_s16le', sampleRate: 8000, channels: 1, bitDepth: 16 },
  loudness: {
    sourceIntegrated: -20,
    sourceTruePeak: -3,
    integrated: -14,
    truePeak: -1.2,
    gain: 6,
    limited: false,
  },
  waveform: { sampleRate: 44_100, samplesPerPixel: 256, length: 2 },
  tempo: { bpm: 123.4, confidence: 0.8 },
  key: { name: 'A minor', confidence: 0.6 },
  duplicateOf: null,
};
