import type { Person } from '../load/client.ts';
import { loopForm } from '../load/loop.ts';
import { eventually, Failure, patience } from './failure.ts';
import { documentedTree } from './pages.ts';
import type { Report } from './report.ts';
import type { Options } from './services.ts';
import { compare, fetchTrace } from './trace.ts';

const PATH = '/api/v1/audio/upload';
const SECONDS_AT_MOST = 90;

/** @returns the id of its trace. */
const upload = async (url: string, person: Person): Promise<string> => {
  const response = await fetch(`${url}${PATH}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}` },
    body: loopForm('house', Math.random),
  });
  const answer = await response.text();
  if (!response.ok) throw new Failure(`answered ${response.status}`, { query: `POST ${url}${PATH}`, answer });
  return response.headers.get('traceparent')?.split('-')[1] ?? '';
};

/** A trace that crosses the queue: from the request into the worker, which may be another process. */
export const checkUpload = async (report: Report, { services }: Options, person: Person): Promise<void> => {
  await report.check(
    `the trace of an upload goes on in the worker, as in docs/audio.md`,
    ['api', 'tempo'],
    async () => {
      const traceId = await upload(services.api.url, person);
      const expected = documentedTree('audio.md', `POST ${PATH}`);
      const trace = await eventually(patience(SECONDS_AT_MOST), async () => {
        const found = await fetchTrace(services.tempo, traceId);
        if (found.failed.length > 0)
          throw new Failure(`failed: ${found.failed.join(', ')}`, { query: `trace ${traceId}`, final: true });
        compare(expected, found, traceId, false);
        return found;
      });
      return `${trace.spans} spans, trace ${traceId}`;
    },
  );
};
