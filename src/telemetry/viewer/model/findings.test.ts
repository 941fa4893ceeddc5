import { expect, test } from 'vitest';
import { sampleSpan, sampleSpanId, sampleTrace } from '../../../../test/support/sample-traces.ts';
import { findings } from './findings.ts';

const query = (id: string, parent: string, text: string, duration = 1) =>
  sampleSpan({
    id,
    parent,
    duration,
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', 'db.query.text': text, 'db.collection.name': 'posts' },
  });

test('three equal queries under one parent are repeated, two are not', () => {
  const two = [sampleSpan({ id: 'r' }), query('a', 'r', 'SELECT $1'), query('b', 'r', 'SELECT $1')];
  expect(findings(sampleTrace(two)).repeated).toEqual([]);
  expect(findings(sampleTrace([...two, query('c', 'r', 'SELECT $1')])).repeated).toEqual([
    { text: 'SELECT $1', table: 'posts', spans: ['a', 'b', 'c'].map(sampleSpanId), parent: sampleSpanId('r') },
  ]);
});

test('spread over the trace it takes five of them, and they are one finding', () => {
  const parents = ['1', '2', '3', '4', '5'];
  const spans = parents.flatMap((id) => [sampleSpan({ id, parent: 'r' }), query(`q${id}`, id, 'SELECT $1')]);
  expect(findings(sampleTrace([sampleSpan({ id: 'r' }), ...spans.slice(0, 8)])).repeated).toEqual([]);
  expect(findings(sampleTrace([sampleSpan({ id: 'r' }), ...spans])).repeated).toMatchObject([
    { spans: { length: 5 }, parent: undefined },
  ]);
  const four = ['6', '7', '8'].map((id) => query(id, '1', 'SELECT $1'));
  expect(findings(sampleTrace([sampleSpan({ id: 'r' }), ...spans, ...four])).repeated).toHaveLength(1);
});

test('an uncached feed, whose sources ask at the same time, has no repeated queries', () => {
  const sources = ['following', 'recommended', 'trending', 'recent'];
  const spans = sources.flatMap((id) => [
    sampleSpan({ id, parent: 'feed', name: `feed.source ${id}` }),
    query(`q ${id}`, id, 'SELECT * FROM posts WHERE id > $1'),
  ]);
  const trace = sampleTrace([sampleSpan({ id: 'feed' }), ...spans, query('hydrate', 'feed', 'SELECT 1')]);
  expect(findings(trace).repeated).toEqual([]);
});

test('what frames transactions, and what caches are asked, is not counted', () => {
  const frames = ['a', 'b', 'c'].map((id) => query(id, 'r', 'BEGIN ISOLATION LEVEL SERIALIZABLE'));
  const reads = ['d', 'e', 'f'].map((id) =>
    sampleSpan({ id, parent: 'r', attributes: { 'db.system.name': 'redis', 'db.query.text': 'GET x' } }),
  );
  expect(findings(sampleTrace([sampleSpan({ id: 'r' }), ...frames, ...reads])).repeated).toEqual([]);
});

test('without the statement its summary is taken', () => {
  const spans = ['a', 'b', 'c'].map((id) =>
    sampleSpan({ id, parent: 'r', attributes: { 'db.system.name': 'mysql', 'db.query.summary': 'SELECT posts' } }),
  );
  expect(findings(sampleTrace(spans)).repeated).toMatchObject([{ text: 'SELECT posts', table: undefined }]);
});

test('a query of more than 100 ms is slow, and so is what takes more than half of a slow request itself', () => {
  const trace = sampleTrace([
    sampleSpan({ id: 'r', duration: 1000 }),
    query('fast', 'r', 'SELECT 1', 100),
    query('slow', 'r', 'SELECT 2', 134.2),
    sampleSpan({ id: 'busy', parent: 'r', at: 200, duration: 800 }),
    sampleSpan({ id: 'part', parent: 'busy', at: 200, duration: 250 }),
  ]);
  expect([...findings(trace).slow]).toEqual([
    [sampleSpanId('slow'), expect.objectContaining({ isQuery: true, duration: 134.2, share: expect.closeTo(0.1342) })],
    [sampleSpanId('busy'), expect.objectContaining({ isQuery: false, duration: 550, share: expect.closeTo(0.55) })],
  ]);
});

test('a request and the job that it left behind are measured each by itself', () => {
  const trace = sampleTrace([
    sampleSpan({ id: 'r', duration: 1050, kind: 'server' }),
    sampleSpan({ id: 'put', parent: 'r', at: 10, duration: 984 }),
    sampleSpan({ id: 'job', parent: 'r', at: 1040, duration: 4000, kind: 'consumer' }),
    sampleSpan({ id: 'probe', parent: 'job', at: 1100, duration: 1900 }),
    sampleSpan({ id: 'encode', parent: 'job', at: 3000, duration: 2040 }),
  ]);
  const { slow } = findings(trace);
  expect([...slow].map(([id, { share, part }]) => [id, Math.round(share * 100), part.root.span.name])).toEqual([
    [sampleSpanId('put'), 94, 'r'],
    [sampleSpanId('encode'), 51, 'job'],
  ]);
});

test('in a trace of 100 ms nothing is slow', () => {
  expect(findings(sampleTrace([sampleSpan({ id: 'r', duration: 100 })])).slow.size).toBe(0);
  expect(findings(sampleTrace([])).slow.size).toBe(0);
});
