import { expect, test } from 'vitest';
import { around, between, isWhole, moved, zoomed } from './time-window.ts';

test('zooming keeps the moment under the pointer where it is', () => {
  const window = zoomed({ from: 0, to: 100 }, 100, 2, 30);
  expect(window).toEqual({ from: 15, to: 65 });
  expect((30 - window.from) / (window.to - window.from)).toBeCloseTo(0.3);
});

test('zooming out ends at the whole trace, zooming in at two microseconds', () => {
  expect(zoomed({ from: 10, to: 90 }, 100, 0.1, 50)).toEqual({ from: 0, to: 100 });
  const closest = zoomed({ from: 10, to: 10.003 }, 100, 1000, 10.001);
  expect(closest.to - closest.from).toBeCloseTo(0.002);
});

test('a window that is moved stays inside the trace and keeps its length', () => {
  expect(moved({ from: 10, to: 30 }, 100, 500)).toEqual({ from: 80, to: 100 });
  expect(moved({ from: 10, to: 30 }, 100, -500)).toEqual({ from: 0, to: 20 });
});

test('a drag to the left is as good as one to the right', () => {
  expect(between(70, 20, 100)).toEqual(between(20, 70, 100));
  expect(between(70, 20, 100)).toEqual({ from: 20, to: 70 });
});

test('a span has a tenth of its length around it, unless the trace ends', () => {
  expect(around(40, 10, 100)).toEqual({ from: 39, to: 51 });
  expect(around(0, 10, 100)).toEqual({ from: 0, to: 12 });
  expect(isWhole(around(0, 100, 100), 100)).toBe(true);
  expect(isWhole({ from: 1, to: 100 }, 100)).toBe(false);
});
