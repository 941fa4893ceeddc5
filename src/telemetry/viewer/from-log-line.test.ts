import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { makeLine } from '../logging/record.ts';
import { runInScope } from '../scope.ts';
import { fromLogLine } from './from-log-line.ts';

const RESOURCE = { service: 'svc', environment: 'test', version: '1' };
const { tracer } = recordSpans();
const span = tracer.startSpan('GET /a');

const written = (message: string, fields = {}, level: 'debug' | 'info' | 'warn' | 'error' = 'info') =>
  context.with(trace.setSpan(ROOT_CONTEXT, span), () =>
    runInScope({ requestId: 'r1', userId: 'u1' }, () => ({
      json: makeLine(RESOURCE, level, message, fields).json,
      at: performance.now(),
    })),
  );

test('has the ids, the severity, the message and the fields of the line', () => {
  const line = fromLogLine(written('it happened', { route: '/x', http: { status: 200 } }, 'warn'), undefined);
  expect(line).toMatchObject({
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    severity: 'warn',
    message: 'it happened',
    service: 'svc',
    resource: { 'service.name': 'svc', 'service.version': '1', 'deployment.environment.name': 'test' },
  });
  expect(line.attributes).toEqual({ request_id: 'r1', user_id: 'u1', route: '/x', http: { status: 200 } });
});

test('an error has the names that OpenTelemetry has for one', () => {
  const error = Object.assign(new TypeError('no'), { code: 'ENOENT' });
  const { attributes } = fromLogLine(written('it failed', { error }, 'error'), undefined);
  expect(attributes).toMatchObject({
    'exception.type': 'TypeError',
    'exception.message': 'no',
    'exception.stacktrace': expect.stringContaining('from-log-line.test.ts'),
    error: { code: 'ENOENT' },
  });
  expect(fromLogLine(written('it failed', { error: 'just so' }), undefined).attributes).toMatchObject({
    error: 'just so',
  });
});

test('stands between the spans where it was written, by their clock', async () => {
  const resource = { 'service.name': 'svc' };
  for (let i = 0; i < 50; i += 1) {
    const { tracer: here, list } = recordSpans();
    const under = trace.setSpan(ROOT_CONTEXT, here.startSpan('GET /a'));
    here.startSpan('before', {}, under).end();
    const line = written('in between');
    here.startSpan('after', {}, under).end();
    const [before, after] = list.spans;
    const { clockOffset } = before?.trace ?? { clockOffset: 0 };
    const { time, timeNano } = fromLogLine(line, { clockOffset, resource });
    expect(time).toBeGreaterThanOrEqual(before?.endedAt ?? 0);
    expect(time).toBeLessThanOrEqual(after?.startedAt ?? 0);
    expect(Math.abs(Number(timeNano) / 1e6 - time)).toBeLessThan(0.001);
    await new Promise(setImmediate);
  }
});

test('a clock that says something else is not believed', () => {
  const line = written('it happened');
  const { timestamp } = JSON.parse(line.json);
  expect(fromLogLine(line, { clockOffset: 1, resource: {} }).time).toBe(Date.parse(timestamp));
  expect(fromLogLine(line, undefined).timeNano).toBe(BigInt(Date.parse(timestamp)) * 1_000_000n);
});
