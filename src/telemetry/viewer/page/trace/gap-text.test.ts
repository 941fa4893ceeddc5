import { expect, test } from 'vitest';
import { shortSpan as span, sampleTrace as traceOf } from '../../../../../test/support/sample-traces.ts';
import { analyse } from './analysis.ts';
import { aroundGap } from './gap-text.ts';

test('a gap lies between what ended last before it and what began first after it', () => {
  const analysis = analyse(
    traceOf([
      span('root', undefined, 0, 100.1),
      span('long', 'root', 10.3, 30.4),
      span('short', 'root', 12, 1),
      span('next', 'root', 60.7, 10),
      span('left behind', 'root', 150, 10),
    ]),
  );
  const root = analysis.nodes.get('root');
  if (!root) throw new Error('no root');
  expect(analysis.gapsOf(root).map((gap) => aroundGap(analysis, root, gap))).toEqual([
    'from its start, before long',
    'after long, before next',
    'after next, until its end',
  ]);
});
