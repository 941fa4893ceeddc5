import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FilterError } from '../filter-error.ts';
import { parseTraceQL } from './parse.ts';

function problemOf(text: string): [message: string, position: number | undefined] | undefined {
  try {
    parseTraceQL(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    expect(error.field).toBe('q');
    return [error.message, error.position];
  }
}

// Valid and invalid ones alike are from Tempo's own list of examples, where it has them.
test.each([
  '{}',
  '{ }',
  '{ true }',
  '{ !true }',
  '{ .a }',
  '{ !.a }',
  '{ 1 <= 1.1 }',
  '{ -1 = 2 }',
  '{ .a != 2 }',
  '{ .a =~ "test" }',
  '{ !("test" != .c || ((true && .b) || 3 < .a)) }',
  '{ status != error }',
  '{ kind = consumer }',
  '{ statusMessage != "" }',
  '{ traceDuration > 1s }',
  '{ rootServiceName = "foo" && rootName != "foo" }',
  '{ trace:duration > 2s && trace:rootName = "a" && trace:rootService = "a" && trace:id = "abc" }',
  '{ span:duration > 2s && span:name = "a" && span:status = error && span:kind = client && span:id = "61" }',
  '{ event:name = "exception" && event:timeSinceStart > 1s && span:childCount > 2 }',
  '{ link:traceID = "f1" || link:spanID = "f1" || instrumentation:name = "grpc" || instrumentation:version = "1" || span:parentID = nil }',
  '{ event.foo = "bar" && link.foo = "bar" && resource.a != 3 }',
  '{ duration > 1h30m && duration < 250us && duration != 3ns && duration >= 1.5s }',
  '{ span."a \\"b\\" c".d = `it is\nso` }',
  '{ .a = maxInt || .a = 1e3 }',
  '{.a="x"}&&{.b>=-3}||{.c!~"y"}',
  '({ true } && { true }) >> ({ true } > { true })',
  '{ true } | count() = 1 | { .a }',
  '{ true } | max(duration) = 1h | min(span.a) > -1 | sum(.a) != 0 | avg(duration) <= 1.5s',
  'count() = 1 | { true }',
])('understands %s', (text) => {
  expect(problemOf(text)).toBeUndefined();
});

test.each([
  ['', 'expected a spanset in braces, such as { status = error }, found the end', 0],
  ['true', 'expected a spanset in braces, such as { status = error }, found "true"', 0],
  ['{ .a = 3', 'expected } to close the spanset, or && or ||, found the end', 8],
  ['({}', 'expected ) to close the parenthesis, found the end', 3],
  ['{}{}', 'expected &&, ||, >, >> or | and then more, or the end, found "{"', 2],
  ['{ . }', 'expected the name of an attribute after "."', 3],
  ['{ .a < }', 'expected an attribute (span.name or .name), an intrinsic such as duration, or a value, found "}"', 7],
  ['{ .a == 4 }', 'equality is written =, not ==', 5],
  ['{ .a = 1 = 2 }', 'expected } to close the spanset, or && or ||, found "="', 9],
  ['{ span.feed.type "unified" }', 'expected a comparison after span.feed.type', 17],
  ['{ duration }', 'expected a comparison after duration', 11],
  ['{ ok }', 'expected a comparison after ok', 5],
  ['{} | count()', 'expected a comparison after count(), found the end', 12],
  ['{} | count = 1', 'expected ( after count, found "="', 11],
  [
    '{} | max() = 1',
    'expected an attribute (span.name or .name), an intrinsic such as duration, or a value, found ")"',
    9,
  ],
  [
    '{ durtion > 1s }',
    'there is no intrinsic "durtion"; did you mean duration? An attribute is written span.durtion or .durtion',
    2,
  ],
  ['{ foobarbaz = 1 }', 'there is no intrinsic "foobarbaz". An attribute is written span.foobarbaz or .foobarbaz', 2],
  ['{ trace:status = error }', 'there is no intrinsic "trace:status"; did you mean span:status?', 2],
  [
    '{ constructor = 1 }',
    'there is no intrinsic "constructor". An attribute is written span.constructor or .constructor',
    2,
  ],
  ['{ http.method = "GET" }', 'there is no scope "http"; an attribute is written span.http.method or .http.method', 2],
  ['{ .a = "x }', 'this text has no closing "', 7],
  ['{ .a = "x\n" }', 'this text has no closing "', 7],
  ['{ .a = `x }', 'this text has no closing `', 7],
  ["{ .a = 'x' }", 'text stands in double quotes or backticks', 7],
  ['{ .a = "\\d" }', 'unknown escape "\\d"; a backslash is written \\\\, or the text in backticks', 8],
  ['{ duration > 100mss }', '"100mss" is no number and no duration, such as 100ms or 1.5s', 13],
  ['{ # }', '"#" means nothing in TraceQL', 2],
  ['{ duration > "x" }', 'duration is a duration, such as 100ms: it cannot be compared with "x"', 13],
  [
    '{ status = "error" }',
    'status is ok, error or unset: it cannot be compared with "error"; write error without quotes',
    11,
  ],
  ['{ 1 = name }', 'name is text: it cannot be compared with 1', 2],
  ['{ status > ok }', 'ok, error or unset: compare with = or !=, not with >', 11],
  ['{ .a > nil }', 'nil: compare with = or !=, not with >', 7],
  ['{ .a =~ 2 }', 'a regular expression is text in quotes', 8],
  ['{ duration =~ "2" }', 'duration is a duration, such as 100ms: a regular expression matches text', 14],
  ['{ .a =~ "[" }', 'the regular expression is not understood: missing closing ]: `[`', 8],
  ['{ !.a = 1 }', '! belongs to .a alone; write !(.a …)', 3],
  ['{} | max(name) > 3', 'max() needs a duration, a number or an attribute', 9],
  ['{} | count() > "x"', 'count() is a number: it cannot be compared with this', 15],
])('says what is wrong with %s', (text, message, position) => {
  expect(problemOf(text)).toEqual([message, position]);
});

test.each([
  ['{} | select(.a)', 'select()', 5],
  ['{} | by(.a)', 'by()', 5],
  ['{} | rate() by (name)', 'rate()', 5],
  ['{} | quantile_over_time(duration, .9)', 'quantile_over_time()', 5],
  ['{} with(most_recent=true)', 'with', 3],
  ['{} ~ {}', 'the operator ~', 3],
  ['{} << {}', 'the operator <<', 3],
  ['{} < {}', 'the operator <', 3],
  ['{} !>> {}', 'the operator !>>', 3],
  ['{} &>> {}', 'the operator &>>', 3],
  ['({} | count() > 1) && {}', 'a | within parentheses', 4],
  ['{ .a + 1 = 2 }', 'arithmetic', 5],
  ['{ .a = 1 - 1 }', 'arithmetic', 9],
  ['{ -.a = 1 }', 'arithmetic', 2],
  ['{ parent.a = 1 }', 'parent.', 2],
  ['{ nestedSetLeft > 1 }', 'nestedSetLeft', 2],
])('says that it does not support %s', (text, what, position) => {
  expect(problemOf(text)).toEqual([`${what} is TraceQL, but not supported here`, position]);
});

test('what is too long or nested too deep is refused', () => {
  expect(problemOf(`{ .a = "${'x'.repeat(5000)}" }`)).toEqual(['longer than 4096 characters', 4096]);
  expect(problemOf(`${'('.repeat(100)}{}${')'.repeat(100)}`)).toEqual(['nested deeper than 50', 51]);
  expect(problemOf(`{ ${'!'.repeat(2000)}.a }`)?.[0]).toBe('nested deeper than 50');
  expect(problemOf(`{ ${'('.repeat(2000)}.a }`)?.[0]).toBe('nested deeper than 50');
  expect(problemOf(`{${'.a||'.repeat(1000)}.a}`)).toBeUndefined();
});

test('whatever is typed, it is understood or refused with a place in it', () => {
  const pieces = [
    '{',
    '}',
    '(',
    ')',
    '&&',
    '||',
    '|',
    '>',
    '>>',
    '!',
    '=',
    '=~',
    '-',
    '.a',
    'span.b',
    'duration',
    'error',
  ];
  const piece = fc.oneof(fc.constantFrom(...pieces, 'count()', '1', '2ms', '"x"', '`y`', 'nil', 'true'), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (typed) => {
      const text = typed.join(' ');
      const problem = problemOf(text);
      if (problem === undefined) return;
      expect(problem[0]).not.toBe('');
      expect(problem[1]).toBeGreaterThanOrEqual(0);
      expect(problem[1]).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 2000 },
  );
});
