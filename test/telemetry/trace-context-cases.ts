/**
 * What callers may send, from Trace Context Level 1 and 2 and the ideas of its test suite
 * (https://github.com/w3c/trace-context/tree/main/test).
 */
export interface TraceContextCase {
  what: string;
  /** Lines of the request as they are sent; one name may come several times. */
  headers: readonly (readonly [name: string, value: string])[];
  /** Whether the caller's trace goes on; else a new one begins. */
  continued: boolean;
  /** What is handed on as `tracestate`; undefined: nothing. */
  state?: string;
  /** The flags handed on where the flag of the caller counts. */
  flags?: string;
}

export const TRACE_ID = '12345678901234567890123456789012';
export const PARENT_ID = '1234567890123456';
const GOOD = `00-${TRACE_ID}-${PARENT_ID}-01`;

type Headers = readonly (readonly [string, string])[];

const parent = (what: string, traceparent: string, continued: boolean, flags?: string): TraceContextCase => ({
  what: `traceparent: ${what}`,
  headers: [['traceparent', traceparent]],
  continued,
  ...(flags === undefined ? {} : { flags }),
});

const state = (what: string, tracestates: readonly string[], handedOn?: string): TraceContextCase => ({
  what: `tracestate: ${what}`,
  headers: [['traceparent', GOOD], ...tracestates.map((value) => ['tracestate', value] as const)],
  continued: true,
  ...(handedOn === undefined ? {} : { state: handedOn }),
});

const both = (what: string, headers: Headers, continued: boolean, handedOn?: string): TraceContextCase => ({
  what,
  headers,
  continued,
  ...(handedOn === undefined ? {} : { state: handedOn }),
});

const members = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, i) => `bar${String(from + i).padStart(2, '0')}=${from + i}`).join(',');

const lowercase = 'abcdefghijklmnopqrstuvwxyz';
const EVERY_KEY_CHARACTER = `${lowercase}0123456789_-*/`;
const EVERY_VALUE_CHARACTER = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i))
  .filter((character) => character !== ',' && character !== '=')
  .join('');
const long = (key: string, length: number): string => `${key}=${'v'.repeat(length - key.length - 1)}`;

export const TRACE_CONTEXT_CASES: readonly TraceContextCase[] = [
  both('nothing', [], false),
  both('traceparent: empty', [['traceparent', '']], false),
  parent('as it should be', GOOD, true, '01'),
  parent('another well-formed one', `00-${TRACE_ID}-00f067aa0ba902b7-00`, true, '00'),
  ...['TraceParent', 'TRACEPARENT', 'TrAcEpArEnT'].map((name) => both(`named ${name}`, [[name, GOOD]], true)),
  ...['trace-parent', 'trace.parent', 'traceparent2'].map((name) => both(`named ${name}`, [[name, GOOD]], false)),
  both(
    'traceparent: twice, two ids',
    [
      ['traceparent', GOOD],
      ['traceparent', `00-${TRACE_ID.replace(/2$/, '1')}-${PARENT_ID}-01`],
    ],
    false,
  ),
  both(
    'traceparent: twice the same',
    [
      ['traceparent', GOOD],
      ['traceparent', GOOD],
    ],
    false,
  ),

  // Version
  parent('version 00 with a dot behind', `${GOOD}.`, false),
  parent('version 00 with more behind', `${GOOD}-what-the-future-will-be-like`, false),
  parent('version 00 with a dash behind', `${GOOD}-`, false),
  parent('version 01', `01-${TRACE_ID}-${PARENT_ID}-01`, true, '01'),
  parent('version cc', `cc-${TRACE_ID}-${PARENT_ID}-01`, true, '01'),
  parent('version cc with more behind', `cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-will-be-like`, true, '01'),
  parent('version cc with a dash behind', `cc-${TRACE_ID}-${PARENT_ID}-01-`, true, '01'),
  parent('version cc with a dot behind', `cc-${TRACE_ID}-${PARENT_ID}-01.what-the-future-will-be-like`, false),
  parent('version fe', `fe-${TRACE_ID}-${PARENT_ID}-01`, true, '01'),
  parent('version cc, too short', `cc-${TRACE_ID}-${PARENT_ID}-1`, false),
  parent('version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version ff with more behind', `ff-${TRACE_ID}-${PARENT_ID}-01-more`, false),
  parent('version FE', `FE-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version .0', `.0-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version 0.', `0.-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version 000', `000-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version 0000', `0000-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('version 0', `0-${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('no version', `${TRACE_ID}-${PARENT_ID}-01`, false),

  // Trace id
  parent('a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT_ID}-01`, false),
  parent('a trace id of a later version, of zeros', `cc-${'0'.repeat(32)}-${PARENT_ID}-01`, false),
  parent('a trace id in upper case', `00-${'ABCDEF'.padEnd(32, '1')}-${PARENT_ID}-01`, false),
  parent('a trace id with a dot first', `00-.${TRACE_ID.slice(1)}-${PARENT_ID}-01`, false),
  parent('a trace id with a dot last', `00-${TRACE_ID.slice(0, 31)}.-${PARENT_ID}-01`, false),
  parent('a trace id with a g', `00-${TRACE_ID.slice(0, 31)}g-${PARENT_ID}-01`, false),
  parent('a trace id one too long', `00-${TRACE_ID}3-${PARENT_ID}-01`, false),
  parent('a trace id one too short', `00-${TRACE_ID.slice(0, 31)}-${PARENT_ID}-01`, false),
  parent('no trace id', `00--${PARENT_ID}-01`, false),

  // Parent id
  parent('a parent id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`, false),
  parent('a parent id in upper case', `00-${TRACE_ID}-ABCDEF7890123456-01`, false),
  parent('a parent id with a dot first', `00-${TRACE_ID}-.${PARENT_ID.slice(1)}-01`, false),
  parent('a parent id with a dot last', `00-${TRACE_ID}-${PARENT_ID.slice(0, 15)}.-01`, false),
  parent('a parent id one too long', `00-${TRACE_ID}-${PARENT_ID}7-01`, false),
  parent('a parent id one too short', `00-${TRACE_ID}-${PARENT_ID.slice(0, 15)}-01`, false),
  parent('no parent id', `00-${TRACE_ID}--01`, false),

  // Flags
  parent('flags 02, the random bit of Level 2', `00-${TRACE_ID}-${PARENT_ID}-02`, true, '02'),
  parent('flags 03', `00-${TRACE_ID}-${PARENT_ID}-03`, true, '03'),
  parent('flags ff: of bits that nobody knows none goes on', `00-${TRACE_ID}-${PARENT_ID}-ff`, true, '03'),
  parent('flags fe', `00-${TRACE_ID}-${PARENT_ID}-fe`, true, '02'),
  parent('flags 04', `00-${TRACE_ID}-${PARENT_ID}-04`, true, '00'),
  parent('flags 09', `00-${TRACE_ID}-${PARENT_ID}-09`, true, '01'),
  parent('flags FF', `00-${TRACE_ID}-${PARENT_ID}-FF`, false),
  parent('flags .0', `00-${TRACE_ID}-${PARENT_ID}-.0`, false),
  parent('flags 0.', `00-${TRACE_ID}-${PARENT_ID}-0.`, false),
  parent('flags 001', `00-${TRACE_ID}-${PARENT_ID}-001`, false),
  parent('flags 1', `00-${TRACE_ID}-${PARENT_ID}-1`, false),
  parent('no flags', `00-${TRACE_ID}-${PARENT_ID}-`, false),
  parent('no flags and no dash', `00-${TRACE_ID}-${PARENT_ID}`, false),

  // Around and between
  parent('a space before', ` ${GOOD}`, true),
  parent('a tab before', `\t${GOOD}`, true),
  parent('a space behind', `${GOOD} `, true),
  parent('tabs and spaces around', `\t ${GOOD} \t`, true),
  parent('spaces inside', `00- ${TRACE_ID}-${PARENT_ID}-01`, false),
  parent('underscores for dashes', GOOD.replaceAll('-', '_'), false),
  parent('quotes around', `"${GOOD}"`, false),
  parent('nonsense', 'hello', false),
  parent('only dashes', '---', false),
  parent('4,000 characters', `00-${'1'.repeat(4000)}-${PARENT_ID}-01`, false),
  parent('bytes that are not ASCII', `00-${TRACE_ID.slice(0, 31)}\u00e9-${PARENT_ID}-01`, false),

  // tracestate and traceparent
  state('as it should be', ['foo=1,bar=2'], 'foo=1,bar=2'),
  both('tracestate alone', [['tracestate', 'foo=1']], false),
  both(
    'tracestate with a traceparent that is invalid',
    [
      ['traceparent', `${GOOD}-x`],
      ['tracestate', 'foo=1'],
    ],
    false,
  ),
  both(
    'tracestate with a later version',
    [
      ['traceparent', `cc-${GOOD.slice(3)}-x`],
      ['tracestate', 'foo=1'],
    ],
    true,
    'foo=1',
  ),
  both(
    'named TraceState',
    [
      ['traceparent', GOOD],
      ['TraceState', 'foo=1'],
    ],
    true,
    'foo=1',
  ),
  both(
    'named trace-state',
    [
      ['traceparent', GOOD],
      ['trace-state', 'foo=1'],
    ],
    true,
  ),

  // Its list
  state('empty', ['']),
  state('only commas and spaces', [' , ,\t,']),
  state('empty members', ['foo=1,,bar=2,'], 'foo=1,bar=2'),
  state('an empty header behind', ['foo=1', ''], 'foo=1'),
  state('an empty header before', ['', 'foo=1'], 'foo=1'),
  state('several headers', ['foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'], 'foo=1,bar=2,rojo=1,congo=2,baz=3'),
  state('spaces and tabs around members', ['foo=1 \t , \t bar=2, \t baz=3'], 'foo=1,bar=2,baz=3'),
  state('32 members', [members(32)], members(32)),
  state('32 members in four headers', [members(10), members(10, 11), members(10, 21), members(2, 31)], members(32)),
  state('33 members', [members(33)]),
  state('33 members in two headers', [members(20), members(13, 21)]),
  state('a key twice: the first is the newest', ['foo=1,bar=2,foo=3'], 'foo=1,bar=2'),
  state('a key twice, in two headers', ['foo=1', 'foo=1'], 'foo=1'),
  state('no equals sign', ['foo']),
  state('semicolons for commas', ['foo=1;bar=2'], undefined),

  // Keys
  state('every character of a key', [`${EVERY_KEY_CHARACTER}=1`], `${EVERY_KEY_CHARACTER}=1`),
  state('a tenant', ['fw529a3039@dt=FfAtAsAAAAA'], 'fw529a3039@dt=FfAtAsAAAAA'),
  state('every character of a tenant', [`${EVERY_KEY_CHARACTER}@a-z0-9_-*/=1`], `${EVERY_KEY_CHARACTER}@a-z0-9_-*/=1`),
  state('a key that begins with a digit', ['0foo=1,bar=2'], '0foo=1,bar=2'),
  state('a key that ends with @', ['foo@=1,bar=2'], 'foo@=1,bar=2'),
  state('a key with two @', ['foo@@bar=1,bar=2'], 'foo@@bar=1,bar=2'),
  state('a key that begins with @', ['@foo=1,bar=2']),
  state('a key that begins with _', ['_foo=1,bar=2']),
  state('a key in upper case', ['FOO=1']),
  state('a key with a dot', ['foo.bar=1']),
  state('a key with a space behind', ['foo =1']),
  state('no key', ['=1,bar=2']),
  state('a key of 256', ['foo=1', `${'z'.repeat(256)}=1`], `foo=1,${'z'.repeat(256)}=1`),
  state('a key of 257', ['foo=1', `${'z'.repeat(257)}=1`]),
  state(
    'a tenant of 241',
    ['foo=1', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`],
    `foo=1,${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
  ),

  // Values
  state('every character of a value', [`foo=${EVERY_VALUE_CHARACTER}`], `foo=${EVERY_VALUE_CHARACTER}`),
  state('a value that begins with spaces', ['foo=  1'], 'foo=  1'),
  state('a value with an equals sign', ['foo=bar=baz']),
  state('no value', ['foo=,bar=3']),
  state('a value of 256', [long('foo', 260)], long('foo', 260)),
  state('a value of 257', [long('foo', 261)]),
  state('a value with a tab', ['foo=1\t2']),
  state('a value that is not ASCII', ['foo=\u00e9']),

  // Its length
  state(
    '512 characters',
    [[long('a', 128), long('b', 128), long('c', 128), long('d', 125)].join(',')],
    [long('a', 128), long('b', 128), long('c', 128), long('d', 125)].join(','),
  ),
  state(
    '513 characters: the last goes',
    [[long('a', 128), long('b', 128), long('c', 128), long('d', 126)].join(',')],
    [long('a', 128), long('b', 128), long('c', 128)].join(','),
  ),
  state(
    'too long with a long member in it: that goes first',
    [[long('a', 100), long('b', 200), long('c', 128), long('d', 128)].join(',')],
    [long('a', 100), long('c', 128), long('d', 128)].join(','),
  ),
  state('8,000 characters', [`${members(30)},${'x=1 '.repeat(2000)}`]),
];
