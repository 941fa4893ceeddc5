import { expect, test } from 'vitest';
import { shortSpan as span, sampleTrace as traceOf } from '../../../../../test/support/sample-traces.ts';
import { visibleRows } from '../../model/span-tree.ts';
import { analyse } from './analysis.ts';
import { pageKey, treeKey } from './keys.ts';
import { firstState, nextState, type TraceState } from './trace-state.ts';

const analysis = analyse(
  traceOf([
    span('root', undefined, 0, 100),
    span('a', 'root', 10, 30),
    span('a1', 'a', 12, 5, { status: 'error' }),
    span('a2', 'a', 20, 5),
    span('b', 'root', 50, 40, { status: 'error' }),
  ]),
);

const start = firstState('root', false);

/** What the page is like after some keys. */
const after = (keys: readonly string[], from: TraceState = start): TraceState =>
  keys.reduce((state, key) => {
    const situation = { state, analysis, rows: visibleRows(analysis.roots, state.collapsed) };
    const action = treeKey(key, situation) ?? pageKey(key, situation);
    return action ? nextState(analysis, state, action) : state;
  }, from);

test('arrows walk the tree', () => {
  expect(after(['ArrowDown', 'ArrowDown']).selected).toBe('a1');
  expect(after(['ArrowDown', 'ArrowDown', 'ArrowUp']).selected).toBe('a');
  expect(after(['ArrowUp']).selected).toBe('root');
  expect(after(['End']).selected).toBe('b');
  expect(after(['End', 'ArrowDown', 'Home']).selected).toBe('root');
});

test('left collapses, then goes to the parent; right expands, then goes to the first child', () => {
  const collapsed = after(['ArrowDown', 'ArrowLeft']);
  expect([...collapsed.collapsed]).toEqual(['a']);
  expect(after(['ArrowDown'], collapsed).selected).toBe('b');
  expect(after(['ArrowLeft'], collapsed).selected).toBe('root');
  const expanded = after(['ArrowRight'], collapsed);
  expect(expanded.collapsed.size).toBe(0);
  expect(after(['ArrowRight'], expanded).selected).toBe('a1');
});

test('e finds each error in turn and opens what hides it', () => {
  const hidden = after(['ArrowDown', 'ArrowLeft', 'ArrowUp']);
  const first = after(['e'], hidden);
  expect(first.selected).toBe('a1');
  expect(first.collapsed.has('a')).toBe(false);
  expect(after(['e', 'e']).selected).toBe('b');
  expect(after(['e', 'e', 'e']).selected).toBe('a1');
});

test('e shows in the panel why, the arrows leave the panel as it is', () => {
  expect(after(['e']).isPanelOpen).toBe(true);
  expect(after(['ArrowDown']).isPanelOpen).toBe(false);
});

test('collapsing everything selects what is left of the selection', () => {
  const all = after(['ArrowDown', 'ArrowDown', '*']);
  expect(all.selected).toBe('root');
  expect(visibleRows(analysis.roots, all.collapsed)).toHaveLength(1);
  expect(after(['*'], all).collapsed.size).toBe(0);
});

test('Enter opens the panel, Escape closes it', () => {
  const open = after(['ArrowDown', 'Enter']);
  expect([open.isPanelOpen, open.selected]).toEqual([true, 'a']);
  expect(after(['ArrowDown'], open).isPanelOpen).toBe(true);
  expect(after(['Escape'], open).isPanelOpen).toBe(false);
});

test('f shows the span, + and - zoom around it, 0 shows everything', () => {
  const shown = after(['End', 'f']).window;
  expect(shown?.from).toBeCloseTo(46);
  expect(shown?.to).toBeCloseTo(94);
  const closer = after(['End', '+']).window;
  expect((closer?.to ?? 0) - (closer?.from ?? 0)).toBeCloseTo(100 / 1.5);
  expect(after(['End', '+', '-']).window).toBeUndefined();
  expect(after(['End', 'f', '0']).window).toBeUndefined();
});

test('a key that means nothing does nothing', () => {
  expect(after(['x', 'n', 'p'])).toBe(start);
});
