import { expect, test } from 'vitest';
import {
  traceStart as BEGAN,
  shortSpan as span,
  sampleTrace as traceOf,
} from '../../../../../../test/support/sample-traces.ts';
import { analyse } from '../analysis.ts';
import { findingsOf } from './finding-links.ts';

const failed = { status: 'error' } as const;
const exception = (type: string, message: string) => ({
  name: 'exception',
  timeNano: BigInt(BEGAN + 30) * 1_000_000n,
  attributes: { 'exception.type': type, 'exception.message': message },
});

test('a failure is told where it began, with its reason, before what is slow', () => {
  const analysis = analyse(
    traceOf([
      span('root', undefined, 0, 500, { ...failed, statusMessage: 'passed on' }),
      span('charge', 'root', 20, 60, { ...failed, events: [exception('PaymentError', 'no funds')] }),
      span('mail', 'root', 90, 5, { ...failed, statusMessage: 'refused' }),
    ]),
  );
  expect(findingsOf(analysis).map(({ what, isFailure, spans }) => [what, isFailure, spans])).toEqual([
    ['charge: PaymentError: no funds', true, ['charge']],
    ['mail: refused', true, ['mail']],
    [expect.stringMatching(/^root: 43\d ms of its own/), false, ['root']],
  ]);
});

test('many failures and long names leave room for the spans', () => {
  const spans = Array.from({ length: 9 }, (_, index) =>
    span(`${index}`, undefined, index, 1, { ...failed, name: 'n'.repeat(300), statusMessage: 'm'.repeat(300) }),
  );
  const found = findingsOf(analyse(traceOf(spans)));
  expect(found).toHaveLength(3);
  expect(Math.max(...found.map(({ what }) => what.length))).toBeLessThan(130);
});

test('a refused request says why, and an error that is its own message is told once', () => {
  const attributes = { 'request.error.code': 'VALIDATION_ERROR', 'request.error.field': 'limit' };
  const refused = findingsOf(analyse(traceOf([span('root', undefined, 0, 5, { attributes })])));
  expect(refused).toEqual([{ isFailure: false, what: 'refused: VALIDATION_ERROR of limit', spans: ['root'] }]);
  const same = { ...failed, attributes, events: [exception('Gone', 'Gone')] };
  expect(findingsOf(analyse(traceOf([span('root', undefined, 0, 5, same)]))).map(({ what }) => what)).toEqual([
    'root: Gone',
  ]);
});
