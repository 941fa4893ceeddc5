import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Person } from './client.ts';

export interface Accepted {
  audio_id: string;
  job_id: string;
  post_id?: string;
  status: string;
  poll_url: string;
}

export interface Status {
  job_id: string;
  status: 'pending' | 'processing' | 'complete' | 'failed';
  stage: string | null;
  progress: number;
  attempts: number;
  result?: Record<string, unknown>;
  error?: string;
}

/** Sends a file as a browser's form would. */
export const sendFile = async (
  person: Person,
  file: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Response> => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('audio', await openAsBlob(file), basename(file));
  return person.fetch('/api/v1/audio/upload', { method: 'POST', body: form });
};

/** Uploads a file. @throws when it is not accepted. */
export const upload = async (
  person: Person,
  file: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Accepted & { traceId: string }> => {
  const response = await sendFile(person, file, fields);
  if (response.status !== 202) throw new Error(`upload: ${response.status} ${await response.text()}`);
  const traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  return { ...((await response.json()) as Accepted), traceId };
};

/** Asks until the upload is complete or failed. @throws when it is neither in time. */
export const finished = async (
  person: Person,
  { poll_url }: Pick<Accepted, 'poll_url'>,
  timeoutMs = 30_000,
): Promise<Status> => {
  for (const until = Date.now() + timeoutMs; ; ) {
    const response = await person.fetch(poll_url);
    if (response.status !== 200) throw new Error(`status: ${response.status} ${await response.text()}`);
    const status = (await response.json()) as Status;
    if (status.status === 'complete' || status.status === 'failed') return status;
    if (Date.now() > until) throw new Error(`not finished in time: ${JSON.stringify(status)}`);
    await sleep(50);
  }
};
