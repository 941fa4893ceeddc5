import { expect, it } from 'vitest';
import { MUSICAL_KEY, spellingsOf } from './musical-key.ts';

it.each(['C', 'C#', 'Db', 'Am', 'F# minor', 'Bb major', 'G#min', 'E maj', 'A Minor'])('takes %s', (key) => {
  expect(key).toMatch(MUSICAL_KEY);
  expect(spellingsOf(key)).toContain(key);
});

it.each(['', 'H', 'H major', 'c', 'C##', 'C  minor', 'C minor\n', 'E#', 'Cminorish'])('refuses %j', (key) => {
  expect(key).not.toMatch(MUSICAL_KEY);
});

it('knows that a key has several names and that its mode matters', () => {
  expect(spellingsOf('Db minor')).toContain('C#m');
  expect(spellingsOf('A')).toContain('A major');
  expect(spellingsOf('A')).not.toContain('Am');
});
