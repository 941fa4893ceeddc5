import { describe, expect, it } from 'vitest';
import { CEILING, chooseGain, TARGET } from './gain.ts';

describe('the gain that is chosen', () => {
  it('is the plain difference where the peaks allow it', () => {
    expect(chooseGain({ integrated: -20, truePeak: -12 })).toEqual({ gain: TARGET + 20, limited: false });
    expect(chooseGain({ integrated: -5, truePeak: 0 })).toEqual({ gain: TARGET + 5, limited: false });
  });

  it('is a little more where peaks are held down, since that costs loudness', () => {
    const { gain, limited } = chooseGain({ integrated: -14, truePeak: 0 });
    expect(limited).toBe(true);
    expect(gain).toBeGreaterThan(TARGET + 14);
    expect(gain).toBeLessThan(TARGET + 15);
  });

  it('never drowns anyone in noise, nor crushes peaks', () => {
    expect(chooseGain({ integrated: -69, truePeak: -60 }).gain).toBe(30);
    expect(chooseGain({ integrated: -40, truePeak: -1 }).gain).toBe(CEILING + 1 + 12);
  });

  it('leaves silence alone, and lowers a burst too short to have a loudness', () => {
    expect(chooseGain({ integrated: null, truePeak: null })).toEqual({ gain: 0, limited: false });
    expect(chooseGain({ integrated: null, truePeak: -30 })).toEqual({ gain: 0, limited: false });
    expect(chooseGain({ integrated: null, truePeak: 3 })).toEqual({ gain: CEILING - 3, limited: false });
  });
});
