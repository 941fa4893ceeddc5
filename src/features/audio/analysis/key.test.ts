import { expect, test } from 'vitest';
import { type LoopSpec, loop, STYLES, type Style } from '../../../../test/audio/loops.ts';
import { type Key as KeyName, play, type Sound } from '../../../../test/audio/sounds.ts';
import { MUSICAL_KEY, spellingsOf } from '../../posts/musical-key.ts';
import { FeatureExtractor } from './features.ts';
import { estimateKey, KEY_NAMES, type Key } from './key.ts';

const RATE = 22_050;
const SHARPS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;
const ALL = SHARPS.flatMap((root): KeyName[] => [`${root} major`, `${root} minor`]);

const keyOf = (blocks: Iterable<Float32Array>): Key | null => {
  const extractor = new FeatureExtractor(RATE, 1);
  for (const block of blocks) extractor.push(block);
  return estimateKey(extractor.finish().features.chroma);
};
const keyOfLoop = (spec: Partial<LoopSpec>): Key | null =>
  keyOf([Float32Array.from(loop({ seed: 1, bpm: 124, root: 9, minor: true, bars: 4, rate: RATE, ...spec }))]);
const keyOfSound = (sound: Sound, key: KeyName): Key | null =>
  keyOf(play(sound, { seconds: 8, rate: RATE, bpm: 120, key }, 1, 0.5));

test('names each key once, in a spelling that the filter of feeds knows', () => {
  expect(KEY_NAMES).toHaveLength(24);
  expect(new Set(KEY_NAMES.map((name) => spellingsOf(name).join())).size).toBe(24);
  for (const name of KEY_NAMES) {
    expect(name).toMatch(MUSICAL_KEY);
    expect(spellingsOf(name)).toContain(name);
  }
});

test.each(ALL)('chords and music in %s', (key) => {
  for (const sound of ['chords', 'music'] as const)
    expect(spellingsOf(keyOfSound(sound, key)?.name ?? '')).toContain(key);
});

/** Right, and the relative major or minor, which has the same notes. */
const table = (
  parts: LoopSpec['parts'] & {},
): { right: number; relative: number; sure: number; sureAndRight: number; of: number } => {
  const found = { right: 0, relative: 0, sure: 0, sureAndRight: 0, of: 0 };
  const styles = Object.keys(STYLES) as Style[];
  for (let seed = 0; seed < 48; seed += 1) {
    const minor = seed % 2 === 0;
    const root = seed % 12;
    const style = styles[seed % 8] ?? 'house';
    const estimated = keyOfLoop({ seed: 100 + seed, bpm: 90 + seed, root, minor, style, parts });
    const spellings = spellingsOf(estimated?.name ?? '');
    const right = spellings.includes(`${SHARPS[root]} ${minor ? 'minor' : 'major'}`);
    const relative = spellings.includes(
      minor ? `${SHARPS[(root + 3) % 12]} major` : `${SHARPS[(root + 9) % 12]} minor`,
    );
    const sure = (estimated?.confidence ?? 0) > 0.6;
    found.of += 1;
    found.right += Number(right);
    found.relative += Number(relative);
    found.sure += Number(sure);
    found.sureAndRight += Number(sure && right);
  }
  return found;
};

test('loops of eight styles', () => {
  const full = table(['drums', 'bass', 'chords', 'lead']);
  const played = table(['chords', 'lead']);
  console.info('key', { full, played });
  expect(full.right).toBeGreaterThanOrEqual(0.66 * full.of);
  expect(full.right + full.relative).toBeGreaterThanOrEqual(0.8 * full.of);
  expect(played.right + played.relative).toBeGreaterThanOrEqual(0.8 * played.of);
  // What it is sure of is mostly so.
  expect(full.sureAndRight).toBeGreaterThanOrEqual(0.8 * full.sure);
});

test('a file tuned otherwise than to 440 Hz', () => {
  const blocks = [...play('chords', { seconds: 8, rate: RATE, bpm: 120, key: 'C major' }, 1, 0.5)];
  for (const cents of [-40, -20, 20, 40]) {
    // Read faster than it was made, it sounds higher.
    const extractor = new FeatureExtractor(Math.round(RATE * 2 ** (cents / 1200)), 1);
    for (const block of blocks) extractor.push(block);
    expect(estimateKey(extractor.finish().features.chroma)?.name).toBe('C major');
  }
});

test('no key without notes', () => {
  for (const sound of ['silence', 'noise', 'clicks', 'sweep'] as const) expect(keyOfSound(sound, 'C major')).toBeNull();
  for (const [seed, style] of (Object.keys(STYLES) as Style[]).entries()) {
    expect(keyOfLoop({ seed, style, parts: ['drums'] })).toBeNull();
  }
});

test('no key of a single tone, nor of nothing', () => {
  expect(keyOfSound('tone', 'C major')).toBeNull();
  expect(keyOf([])).toBeNull();
});
