import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Three = readonly [number, number, number];

/** What eyes make of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. https://doi.org/10.1109/TVCG.2009.113 */
const EYES: Readonly<Record<string, readonly Three[]>> = {
  most: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** A hexadecimal colour of sRGB, made linear. */
const linear = (colour: string): Three => {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
};

const dot = (a: Three, b: Three): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** CIE L*a*b* of linear sRGB under D65. */
const lab = (rgb: Three): Three => {
  const [x, y, z] = [
    dot(rgb, [0.4124, 0.3576, 0.1805]) / 0.9505,
    dot(rgb, [0.2126, 0.7152, 0.0722]),
    dot(rgb, [0.0193, 0.1192, 0.9505]) / 1.089,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

const seen = (colour: string, eyes: readonly Three[]): Three =>
  lab(eyes.map((row) => Math.min(1, Math.max(0, dot(row, linear(colour))))) as [number, number, number]);

const luminance = (colour: string): number => dot(linear(colour), [0.2126, 0.7152, 0.0722]);

const contrast = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

describe.each([
  ['light', 1],
  ['dark', 2],
] as const)('the line of the critical path, where it is %s', (_, group) => {
  const css = readFileSync(new URL('../../src/telemetry/viewer/page/styles/tokens.css', import.meta.url), 'utf8');
  const token = (name: string): string => {
    const colour = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css)?.[group];
    if (colour === undefined) throw new Error(`tokens.css has no --${name}`);
    return colour;
  };
  const line = token('critical');

  it('can be seen on every ground', () => {
    for (const ground of ['ground', 'ground-sunken', 'ground-selected', 'warn-ground'])
      expect(contrast(line, token(ground))).toBeGreaterThan(3);
  });

  it.each(Object.entries(EYES))('is neither an error nor a service, also with %s', (_, eyes) => {
    for (const name of ['error', ...Array.from({ length: 8 }, (_, index) => `service-${index}`)]) {
      const apart = Math.hypot(...seen(line, eyes).map((part, axis) => part - (seen(token(name), eyes)[axis] ?? 0)));
      expect([name, apart > 25]).toEqual([name, true]);
    }
  });
});
