import { randomBytes } from 'node:crypto';
import { type Context, ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { withCallerTrust } from '../caller-trust.ts';
import { HeadSampler } from './head-sampler.ts';
import { newTraceId } from './ids.ts';

const COUNT = 100_000;
const ids = Array.from({ length: COUNT }, newTraceId);

const NEIGHBOUR = withCallerTrust(ROOT_CONTEXT, true);
const STRANGER = withCallerTrust(ROOT_CONTEXT, false);

const caller = (traceId: string, traceFlags = 0): SpanContext => ({
  traceId,
  spanId: 'b7ad6b7169203331',
  traceFlags,
  isRemote: true,
});

const own = (sampler: HeadSampler, traceId: string): boolean => sampler.isSampled(ROOT_CONTEXT, traceId, undefined);
const strangers = (sampler: HeadSampler, traceId: string, flags = 0, ctx: Context = STRANGER): boolean =>
  sampler.isSampled(ctx, traceId, caller(traceId, flags));

const share = (decide: (traceId: string) => boolean, of: readonly string[] = ids): number =>
  of.filter(decide).length / of.length;
/** Six standard deviations of the share of `count` decisions: one failure in 500 million. */
const sixSigma = (ratio: number, count = COUNT): number => 6 * Math.sqrt((ratio * (1 - ratio)) / count);

describe.each([
  ['of our own', own],
  ["of strangers'", strangers],
] as const)('traces %s', (_whose, decide) => {
  test.each([0.01, 0.1, 0.5])('%d of them are kept', (ratio) => {
    const sampler = new HeadSampler(ratio);
    expect(Math.abs(share((id) => decide(sampler, id)) - ratio)).toBeLessThan(sixSigma(ratio));
  });

  test('none at 0 and all at 1, and beyond', () => {
    for (const ratio of [0, -1]) expect(share((id) => decide(new HeadSampler(ratio), id))).toBe(0);
    for (const ratio of [1, 2]) expect(share((id) => decide(new HeadSampler(ratio), id))).toBe(1);
    const first = `${'0'.repeat(31)}1`;
    const last = 'f'.repeat(32);
    for (const id of [first, last]) {
      expect(decide(new HeadSampler(0), id)).toBe(false);
      expect(decide(new HeadSampler(1), id)).toBe(true);
    }
  });
});

test('what a service keeps, each with a higher ratio keeps too', () => {
  const [few, some, many] = [0.01, 0.1, 0.5].map((ratio) => new HeadSampler(ratio)) as [
    HeadSampler,
    HeadSampler,
    HeadSampler,
  ];
  const kept = ids.filter((id) => own(few, id));
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.filter((id) => !own(some, id))).toEqual([]);
  expect(ids.filter((id) => own(some, id) && !own(many, id))).toEqual([]);
});

test('another instance decides the same of ours', () => {
  const [one, other] = [new HeadSampler(0.1), new HeadSampler(0.1)];
  expect(ids.filter((id) => own(one, id) !== own(other, id))).toEqual([]);
});

test('the decision is that of consistent probability sampling: the last 56 bits, against 1 - ratio', () => {
  const half = new HeadSampler(0.5);
  expect(own(half, `${'f'.repeat(18)}7fffffffffffff`)).toBe(false);
  expect(own(half, `${'0'.repeat(18)}80000000000000`)).toBe(true);
  const sixteenth = new HeadSampler(1 / 16);
  expect(own(sixteenth, `${'f'.repeat(18)}efffffffffffff`)).toBe(false);
  expect(own(sixteenth, `${'0'.repeat(18)}f0000000000000`)).toBe(true);
});

test('a caller whom we trust decides, by one bit of the flags', () => {
  const [never, always] = [new HeadSampler(0), new HeadSampler(1)];
  const id = newTraceId();
  for (let flags = 0; flags < 256; flags += 1) {
    const sampled = flags % 2 === 1;
    expect(strangers(never, id, flags, NEIGHBOUR)).toBe(sampled);
    expect(strangers(always, id, flags, NEIGHBOUR)).toBe(sampled);
  }
});

test('what goes on in this process has been decided about here', () => {
  const [never, always] = [new HeadSampler(0), new HeadSampler(1)];
  for (const id of ids.slice(0, 100)) {
    const { isRemote: _, ...here } = caller(id, 1);
    expect(never.isSampled(ROOT_CONTEXT, id, here)).toBe(true);
    expect(always.isSampled(ROOT_CONTEXT, id, { ...here, traceFlags: 0 })).toBe(false);
  }
});

describe('a stranger', () => {
  const sampler = new HeadSampler(0.01);

  test('changes nothing by the sampled flag, nor one of whom nothing was said', () => {
    for (const ctx of [STRANGER, ROOT_CONTEXT])
      expect(Math.abs(share((id) => strangers(sampler, id, 1, ctx)) - 0.01)).toBeLessThan(sixSigma(0.01));
  });

  test.each([
    [
      'ones that we would keep of our own',
      () => `${randomBytes(9).toString('hex')}ff${randomBytes(6).toString('hex')}`,
    ],
    ['a chosen beginning', () => `${'f'.repeat(18)}${randomBytes(7).toString('hex')}`],
    ['a chosen end', () => `${randomBytes(8).toString('hex')}${'f'.repeat(16)}`],
    ['only the last digits at random', () => `${'f'.repeat(20)}${randomBytes(6).toString('hex')}`],
  ])('gets no larger a share by %s', (_what, choose) => {
    const chosen = Array.from({ length: COUNT / 5 }, choose);
    expect(Math.abs(share((id) => strangers(sampler, id), chosen) - 0.01)).toBeLessThan(sixSigma(0.01, chosen.length));
  });

  test('counts up and gets the same share', () => {
    const chosen = Array.from({ length: COUNT / 5 }, (_, i) => (i + 1).toString(16).padStart(32, '0'));
    expect(Math.abs(share((id) => strangers(sampler, id), chosen) - 0.01)).toBeLessThan(sixSigma(0.01, chosen.length));
  });

  test('gains nothing by an id that was kept: a lot is drawn each time', () => {
    const [kept = ''] = ids.filter((id) => strangers(sampler, id));
    expect(kept).not.toBe('');
    expect(Math.abs(share(() => strangers(sampler, kept)) - 0.01)).toBeLessThan(sixSigma(0.01));
  });
});
