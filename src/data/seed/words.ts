import type { Genre } from './music.ts';
import type { Random } from './random.ts';

const FIRST = [
  'Maya',
  'Jonas',
  'Aiko',
  'Luis',
  'Nadia',
  'Tom',
  'Ines',
  'Kofi',
  'Lena',
  'Marcus',
  'Priya',
  'Sven',
  'Zoe',
  'Tariq',
  'Emma',
  'Diego',
  'Hana',
  'Noah',
  'Amara',
  'Felix',
  'Yuki',
  'Olga',
  'Sam',
  'Leila',
  'Viktor',
  'Chloe',
  'Ade',
  'Mina',
  'Hugo',
  'Rosa',
  'Jakub',
  'Naomi',
  'Omar',
  'Freya',
  'Ben',
  'Thandi',
] as const;
const LAST = [
  'Okafor',
  'Lindqvist',
  'Tanaka',
  'Moreau',
  'Silva',
  'Novak',
  'Reyes',
  'Bakker',
  'Hughes',
  'Mensah',
  'Rossi',
  'Weber',
  'Haddad',
  'Kowalski',
  'Park',
  'Dubois',
  'Costa',
  'Larsen',
  'Nguyen',
  'Adler',
  'Ferrari',
  'Walsh',
  'Dlamini',
  'Ito',
  'Petrov',
  'Grant',
  'Sato',
  'Berg',
] as const;
const ADJECTIVES = [
  'dusty',
  'neon',
  'midnight',
  'analog',
  'velvet',
  'broken',
  'lunar',
  'quiet',
  'hollow',
  'solar',
  'crystal',
  'rusty',
  'liquid',
  'static',
  'golden',
  'deep',
  'phantom',
  'silver',
  'lost',
  'warm',
  'bitter',
  'cosmic',
  'tape',
  'low',
  'feral',
  'paper',
  'modular',
  'slow',
] as const;
const NOUNS = [
  'circuit',
  'tides',
  'kicks',
  'echo',
  'wave',
  'bloom',
  'patch',
  'signal',
  'fader',
  'loop',
  'fox',
  'garden',
  'vinyl',
  'haze',
  'machine',
  'orbit',
  'pulse',
  'static',
  'harbor',
  'needle',
  'drift',
  'parade',
  'sampler',
  'sparrow',
  'knob',
  'room',
  'bass',
  'motel',
] as const;
const CITIES = [
  'Berlin',
  'London',
  'Atlanta',
  'Lagos',
  'São Paulo',
  'Tokyo',
  'Detroit',
  'Paris',
  'Johannesburg',
  'Amsterdam',
  'Los Angeles',
  'Bristol',
  'Toronto',
  'Warszawa',
  'Ciudad de México',
  'Melbourne',
  'Göteborg',
  'Lisboa',
  'Seoul',
  'Accra',
  'Leipzig',
  'Montréal',
] as const;

export interface Name {
  username: string;
  displayName: string;
}

/** A producer's name: an artist name or a civil one. Usernames hold letters, digits and underscores only. */
export const makeName = (random: Random): Name => {
  const first = random.pick(FIRST);
  const last = random.pick(LAST);
  const adjective = random.pick(ADJECTIVES);
  const noun = random.pick(NOUNS);
  const artist = `${capital(adjective)} ${capital(noun)}`;
  switch (random.below(6)) {
    case 0:
      return { username: `${first}${last}`.toLowerCase(), displayName: `${first} ${last}` };
    case 1:
      return { username: `dj_${first}`.toLowerCase(), displayName: `DJ ${first}` };
    case 2:
      return { username: `${adjective}${noun}`, displayName: artist };
    case 3:
      return { username: `${adjective}_${noun}`, displayName: artist };
    case 4:
      return { username: `${first}_beats`.toLowerCase(), displayName: `${first} ${last}` };
    default:
      return { username: `${noun}${random.between(1, 99)}`, displayName: capital(noun) };
  }
};

export const makeLocation = (random: Random): string | null => (random.chance(0.6) ? random.pick(CITIES) : null);

export const makeBio = (genre: Genre, daw: string, random: Random): string => {
  if (random.chance(0.18)) return '';
  const word = spaced(random.pick(genre.words));
  switch (random.below(7)) {
    case 0:
      return `${capital(genre.name)} producer. ${daw} since ${random.between(2006, 2024)}.`;
    case 1:
      return `Making ${genre.name} and too much coffee. Open for collabs.`;
    case 2:
      return `${word} enjoyer · ${genre.name} · ${daw}`;
    case 3:
      return 'Loops are free to use, just tag me.';
    case 4:
      return `Bedroom ${genre.name}. Feedback welcome, be kind ✌️`;
    case 5:
      return `One ${genre.name} loop a day. Day ${random.between(3, 900)}.`;
    default:
      return `${capital(genre.name)} / ${genre.related.join(' / ')}. Mixing and mastering, DM me.`;
  }
};

/** A filename as producers leave them: `midnight_reese_174_F#min_v3.wav`. */
export const makeFilename = (genre: Genre, bpm: number, key: string, random: Random): string => {
  const word = random.pick(genre.words);
  const adjective = random.pick(ADJECTIVES);
  const shortKey = key.replace(' minor', 'm').replace(' major', '');
  const version = random.chance(0.35)
    ? random.pick(['_v2', '_v3', '_final', '_FINAL2', '_master', '_edit', '_bounce'])
    : '';
  const extension = random.pick(['.wav', '.wav', '.wav', '.flac', '.aif', '.mp3']);
  switch (random.below(6)) {
    case 0:
      return `${adjective}_${word}_${bpm}bpm_${shortKey}${version}${extension}`;
    case 1:
      return `${spaced(word)} ${spaced(genre.name)} ${bpm} ${shortKey}${version}${extension}`;
    case 2:
      return `${bpm}_${shortKey}_${word}${version}${extension}`;
    case 3:
      return `${adjective}-${random.pick(NOUNS)}-${genre.name.replaceAll(' ', '-')}-loop${version}${extension}`;
    case 4:
      return `loop ${String(random.between(1, 240)).padStart(3, '0')} (${bpm} bpm)${extension}`;
    default:
      return `${adjective} ${word}${version}${extension}`;
  }
};

export const makeComment = (genre: Genre, random: Random): string => {
  const word = spaced(random.pick(genre.words));
  switch (random.below(12)) {
    case 0:
      return `That ${word} is filthy 🔥`;
    case 1:
      return `What did you use for the ${word}?`;
    case 2:
      return 'Instant follow.';
    case 3:
      return `Needs a touch less reverb on the ${word}, otherwise perfect.`;
    case 4:
      return 'How is this only a loop, finish the track please';
    case 5:
      return `Best ${genre.name} I heard this week.`;
    case 6:
      return 'Low end is so clean. What is on the master?';
    case 7:
      return `Sampling this, will tag you when it is done.`;
    case 8:
      return 'Love the swing on the hats.';
    case 9:
      return `Would go crazy with vocals. Collab?`;
    case 10:
      return '🙌🙌🙌';
    default:
      return `The ${word} at the end of the last bar!`;
  }
};

const spaced = (word: string): string => word.replaceAll('_', ' ');
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
