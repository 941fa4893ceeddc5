/** Roots by pitch, with both names of the black keys. */
const ROOTS = [
  ['C'],
  ['C#', 'Db'],
  ['D'],
  ['D#', 'Eb'],
  ['E'],
  ['F'],
  ['F#', 'Gb'],
  ['G'],
  ['G#', 'Ab'],
  ['A'],
  ['A#', 'Bb'],
  ['B'],
];
/** How producers write a mode behind the root; nothing at all is major. */
const MODES = [
  ['', 'maj', ' maj', ' major', ' Major'],
  ['m', 'min', ' min', ' minor', ' Minor'],
];

const spellings = new Map<string, readonly string[]>();
for (const names of ROOTS) {
  for (const mode of MODES) {
    const same = names.flatMap((name) => mode.map((suffix) => `${name}${suffix}`));
    for (const spelling of same) spellings.set(spelling, same);
  }
}

/**
 * Every text that is a key: a root (`C`, `C#`, `Db` ... `B`) and a mode, as in `C`, `Cmaj`, `C major`, `Am`, `Amin`,
 * `A minor`. A post keeps the spelling of its author.
 */
export const MUSICAL_KEY = new RegExp(`^(?:${ROOTS.flat().join('|')})(?:${MODES.flat().filter(Boolean).join('|')})?$`);

/** All ways to write the same key, so that a search for `Db minor` finds `C#m`; of what is no key, itself alone. */
export const spellingsOf = (key: string): readonly string[] => spellings.get(key) ?? [key];
