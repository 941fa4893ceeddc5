import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assembleTrace, readOtlpTrace } from './from-otlp.ts';
import { writeOtlpTrace } from './to-otlp.ts';
import type { Attributes, AttributeValue, LogLine, ViewerSpan } from './trace.ts';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits }).map((id) =>
    // All zeros is no id.
    id.replace(/^0+$/, (zeros) => `${zeros.slice(1)}1`),
  );

const beyondDouble = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter((value) => !Number.isSafeInteger(Number(value)));

const text = fc.string({ unit: 'binary' });

const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.double(),
    fc.integer(),
    beyondDouble,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.oneof(text, fc.constant('__proto__')), value, {
  maxKeys: 4,
  noNullPrototype: true,
});

/** Objects as the reader makes them. */
const plain = { noNullPrototype: true } as const;

const nano = fc.bigInt({ min: 1n, max: 2n ** 63n });
const count = fc.nat();
const resource = fc
  .tuple(attributes, fc.option(fc.string({ minLength: 1 }), { nil: undefined }))
  .map(([rest, service]): Attributes => ({ ...rest, ...(service !== undefined && { 'service.name': service }) }));

const TRACE = 'f0'.repeat(16);
const serviceOf = (of: Attributes): string =>
  typeof of['service.name'] === 'string' && of['service.name'] !== '' ? of['service.name'] : 'unknown_service';

const span = (resources: readonly Attributes[]): fc.Arbitrary<ViewerSpan> =>
  fc
    .record({
      spanId: hex(16),
      parentSpanId: fc.option(hex(16), { nil: undefined }),
      name: text,
      kind: fc.constantFrom('unspecified', 'internal', 'server', 'client', 'producer', 'consumer'),
      resource: fc.constantFrom(...resources),
      scope: text,
      scopeVersion: text,
      traceState: text,
      flags: count,
      startNano: nano,
      nanos: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      status: fc.constantFrom('unset', 'ok', 'error'),
      statusMessage: text,
      attributes,
      events: fc.array(fc.record({ name: text, timeNano: nano, attributes }, plain), { maxLength: 2 }),
      links: fc.array(
        fc.record({ traceId: hex(32), spanId: hex(16), traceState: text, flags: count, attributes }, plain),
        { maxLength: 2 },
      ),
      dropped: fc.record({ attributes: count, events: count, links: count }, plain),
    })
    .map(({ nanos, ...rest }) => ({
      ...rest,
      traceId: TRACE,
      service: serviceOf(rest.resource),
      endNano: rest.startNano + nanos,
      start: Number(rest.startNano) / 1e6,
      duration: Number(nanos) / 1e6,
    }));

const line = (resources: readonly Attributes[]): fc.Arbitrary<LogLine> =>
  fc
    .record({
      spanId: fc.option(hex(16), { nil: undefined }),
      timeNano: nano,
      severity: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
      message: text,
      attributes,
      resource: fc.constantFrom(...resources),
    })
    .map((rest) => ({
      ...rest,
      traceId: TRACE,
      time: Number(rest.timeNano) / 1e6,
      service: serviceOf(rest.resource),
    }));

const trace = fc
  .array(resource, { minLength: 1, maxLength: 3 })
  .chain((resources) =>
    fc.tuple(
      fc.array(span(resources), { maxLength: 6 }),
      fc.uniqueArray(line(resources), { maxLength: 6, selector: ({ timeNano }) => timeNano }),
      fc.record({ spans: count, lines: count }, plain),
    ),
  )
  .map(([spans, lines, dropped]) => assembleTrace(TRACE, spans, lines, dropped));

test('what is written is read as it was, over the wire', () => {
  fc.assert(
    fc.property(trace, (original) => {
      const wire = JSON.stringify(writeOtlpTrace(original));
      expect(readOtlpTrace(JSON.parse(wire), TRACE)).toStrictEqual(original);
    }),
    { numRuns: 300 },
  );
});

test('spans of one process share their resource again', () => {
  const [one] = fc.sample(span([{ 'service.name': 'a' }]), 1);
  if (!one) throw new Error('no sample');
  const spans = ['1', '2'].map((digit) => ({ ...one, spanId: digit.repeat(16) }));
  const read = readOtlpTrace(writeOtlpTrace(assembleTrace(TRACE, spans, [], { spans: 0, lines: 0 })), TRACE);
  expect(read.spans).toHaveLength(2);
  expect(read.spans[0]?.resource).toBe(read.spans[1]?.resource);
});
