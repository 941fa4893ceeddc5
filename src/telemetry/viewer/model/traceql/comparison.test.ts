import { expect, test } from 'vitest';
import { sampleSpan, sampleSummary, sampleTrace } from '../../../../../test/support/sample-traces.ts';
import type { ViewerSpan } from '../trace.ts';
import { matchesTraceQL } from './evaluate.ts';
import { parseTraceQL } from './parse.ts';

/** Whether a trace of this one span matches. */
const matchesSpan = (text: string, span: Partial<ViewerSpan>) =>
  matchesTraceQL(parseTraceQL(text), sampleTrace([sampleSpan({ id: 'a', ...span })]), sampleSummary());

test('of a list one element has to fit, also where another is excluded', () => {
  const attributes = {
    tags: ['a', 'b'],
    one: ['a'],
    none: [],
    flags: [true],
    numbers: [1, 2, 3n],
    nested: [['a']],
    map: { x: 1 },
  };
  const matching = [
    '.tags = "a"',
    '.tags != "c"',
    '.tags =~ "b|c"',
    '.tags !~ "c"',
    '.numbers > 2',
    '2 < .numbers',
    '.map != nil',
    '.tags != "a"',
    '.tags !~ "a"',
    '"a" != .tags',
    '.flags',
  ];
  const others = [
    '.one != "a"',
    '.one !~ "a"',
    '.none != "a"',
    '.none !~ "a"',
    '!.flags',
    '.tags = 1',
    '.tags != 1',
    '.nested = "a"',
    '.map = 1',
    '.map != 1',
    '.tags = .tags',
  ];
  for (const text of matching) expect([text, matchesSpan(`{ ${text} }`, { attributes })]).toEqual([text, true]);
  for (const text of others) expect([text, matchesSpan(`{ ${text} }`, { attributes })]).toEqual([text, false]);
});
