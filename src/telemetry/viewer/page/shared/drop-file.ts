import { request } from './api.ts';
import { readOtlpFile } from './otlp-file.ts';
import { cutIntoParts } from './otlp-parts.ts';

/** Characters; the server takes bodies of 16 MiB, and a character is up to three bytes. */
const PART = 4 * 1024 * 1024;

export interface SentFile {
  /** Traces that are in the file. */
  traceIds: string[];
  /** What the server did not take, in its words. */
  problems: string[];
}

const problemIn = async (response: Response): Promise<string | undefined> => {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || !('partialSuccess' in body)) return undefined;
  const { partialSuccess } = body;
  if (typeof partialSuccess !== 'object' || partialSuccess === null || !('errorMessage' in partialSuccess))
    return undefined;
  return typeof partialSuccess.errorMessage === 'string' && partialSuccess.errorMessage !== ''
    ? partialSuccess.errorMessage
    : undefined;
};

/**
 * Sends a file of OTLP JSON to the server, as any program would.
 * @param onProgress gets the share that is done, 0 to 1
 * @throws Error with what is wrong with the file, or ApiError with what the server says
 */
export const sendFile = async (file: File, onProgress: (share: number) => void): Promise<SentFile> => {
  onProgress(0);
  const { resourceSpans, resourceLogs } = readOtlpFile(await file.text());
  const traces = cutIntoParts('traces', resourceSpans, PART);
  const logs = cutIntoParts('logs', resourceLogs, PART);
  const traceIds = traces.traceIds.length > 0 ? traces.traceIds : logs.traceIds;
  if (traceIds.length === 0) throw new Error('Nothing in it belongs to a trace.');

  const posts = [
    ...traces.bodies.map((body) => ({ path: '/v1/traces', body })),
    ...logs.bodies.map((body) => ({ path: '/v1/logs', body })),
  ];
  const problems = new Set<string>();
  for (const [index, { path, body }] of posts.entries()) {
    const response = await request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const problem = await problemIn(response);
    if (problem !== undefined) problems.add(problem);
    onProgress((index + 1) / posts.length);
  }
  return { traceIds, problems: [...problems] };
};
