import { expect, test } from 'vitest';
import { shortSpan as span, sampleTrace as traceOf, traceStart } from '../../../../../test/support/sample-traces.ts';
import { preorder } from '../../model/span-tree.ts';
import type { RunningSpan } from '../../model/summary.ts';
import { runningText } from '../shared/running-text.ts';
import { analyse } from './analysis.ts';
import { slowReason } from './slow-reason.ts';
import { searchSpans } from './span-search.ts';

const job: RunningSpan = {
  spanId: 'job',
  parentSpanId: 'send',
  name: 'audio.process',
  kind: 'consumer',
  service: 'api',
  start: traceStart + 110,
  isLocalRoot: true,
};
const uploadSpans = [
  span('request', undefined, 0, 100, { kind: 'server' }),
  span('send', 'request', 60, 30),
  span('fetch', 'job', 120, 200),
  span('probe', 'job', 320, 380),
  span('ffprobe', 'probe', 330, 370),
];
const upload = traceOf(uploadSpans);

const rows = (analysis: ReturnType<typeof analyse>): string[] =>
  preorder(analysis.shown).map(({ depth, span: { name } }) => `${'  '.repeat(depth)}${name}`);

test('what a running job has done stands below it, at its place in the tree', () => {
  const analysis = analyse(upload, [job]);
  expect(rows(analysis)).toEqual([
    'request',
    '  send',
    '    audio.process',
    '      fetch',
    '      probe',
    '        ffprobe',
  ]);
  expect(analysis.placeholders.get('job')).toMatchObject({
    isRunning: true,
    span: { start: traceStart + 110, duration: 590 },
  });
  const { slow } = analysis.findings;
  const probe = slow.get('ffprobe');
  expect([...slow.keys()]).toEqual(['ffprobe']);
  expect(probe && slowReason(probe, analysis)).toBe('370 ms of its own, 63 % of audio.process so far');
});

test('of a span that nobody knows, those below it stand together when they are several', () => {
  const analysis = analyse(traceOf([...uploadSpans, span('alone', 'nobody', 900, 10)]));
  expect(rows(analysis)).toEqual([
    'request',
    '  send',
    'a span that is not here',
    '  fetch',
    '  probe',
    '    ffprobe',
    'alone',
  ]);
  expect(analysis.nodes.get('alone')?.orphan).toBe(true);
  // Several requests of one caller, which is elsewhere, are no part of each other.
  const requests = ['a', 'b'].map((id) => span(id, 'browser', 0, 9, { kind: 'server' }));
  expect(rows(analyse(traceOf(requests)))).toEqual(['a', 'b']);
  // Behind the roots, however early it began.
  const early = analyse(
    traceOf([span('a', 'gone', -5, 1), span('b', 'gone', -5, 1), span('request', undefined, 0, 9)]),
  );
  expect(rows(early)[0]).toBe('request');
});

test('what runs below what runs stands where it will be', () => {
  const probe = {
    ...job,
    spanId: 'probe',
    parentSpanId: 'job',
    name: 'audio.probe',
    start: traceStart + 320,
    isLocalRoot: false,
  };
  const analysis = analyse(traceOf(uploadSpans.filter(({ spanId }) => spanId !== 'probe')), [probe, job]);
  expect(rows(analysis)).toEqual([
    'request',
    '  send',
    '    audio.process',
    '      fetch',
    '      audio.probe',
    '        ffprobe',
  ]);
  expect(runningText([probe, job])).toBe('audio.process still runs');
});

test('one that ended meanwhile is a span like any other', () => {
  const analysis = analyse(traceOf([...uploadSpans, span('job', 'send', 110, 700, { name: 'audio.process' })]), [job]);
  expect(analysis.placeholders.size).toBe(0);
  expect(analysis.shown).toBe(analysis.roots);
});

test('a placeholder counts as no span', () => {
  const analysis = analyse(upload, [job]);
  const node = analysis.nodes.get('job');
  expect(node && analysis.gapsOf(node)).toEqual([]);
  expect([...analysis.services.values()]).toMatchObject([{ spans: 5 }]);
  expect(preorder(analysis.roots).map(({ span: { spanId } }) => spanId)).not.toContain('job');
  expect(analysis.critical.has('job')).toBe(false);
  expect(searchSpans(analysis, 'audio.process')?.spans).toEqual([]);
});

test('a request that runs is where its spans say that it is', () => {
  const request: RunningSpan = {
    ...job,
    spanId: 'request',
    parentSpanId: undefined,
    name: 'GET /slow',
    start: traceStart,
  };
  const analysis = analyse(traceOf([span('load', 'request', 20, 30)]), [request]);
  expect(rows(analysis)).toEqual(['GET /slow', '  load']);
  expect([analysis.start, analysis.total]).toEqual([traceStart, 50]);
});
