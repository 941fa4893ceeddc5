const RATE = 22_050;

/**
 * A short loop as a WAV file (mono, 16 bit, 22.05 kHz): a kick on every beat under a held note. Every one is another
 * recording, by its tempo and its note.
 * @param bpm beats a minute
 * @param hertz of the note
 */
const loopFile = (bpm: number, hertz: number, seconds = 4): Uint8Array<ArrayBuffer> => {
  const count = Math.round(seconds * RATE);
  const file = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at: number, value: string): void =>
    [...value].forEach((letter, place) => {
      file.setUint8(at + place, letter.charCodeAt(0));
    });
  text(0, 'RIFF');
  file.setUint32(4, 36 + count * 2, true);
  text(8, 'WAVEfmt ');
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, RATE, true);
  file.setUint32(28, RATE * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, 'data');
  file.setUint32(40, count * 2, true);
  for (let sample = 0; sample < count; sample += 1) {
    const time = sample / RATE;
    const sinceBeat = time % (60 / bpm);
    const kick = Math.sin(2 * Math.PI * 60 * sinceBeat) * Math.exp(-sinceBeat * 20);
    const note = Math.sin(2 * Math.PI * hertz * time) * 0.2;
    file.setInt16(44 + sample * 2, Math.round((kick * 0.7 + note) * 32_000), true);
  }
  return new Uint8Array(file.buffer);
};

/** A loop that nobody has uploaded yet, as the form of an upload that is published. @param random 0 to 1, evenly */
export const loopForm = (genre: string, random: () => number): FormData => {
  const bpm = 80 + Math.floor(random() * 80);
  const form = new FormData();
  form.set('bpm', String(bpm));
  form.set('genre', genre);
  form.set('post', 'true');
  form.set('audio', new Blob([loopFile(bpm, 110 + random() * 440)]), `load-${bpm}.wav`);
  return form;
};
