import { expect, test } from 'vitest';
import { inline } from './content-disposition.ts';

test.each([
  ['loop.mp3', `inline; filename="loop.mp3"; filename*=UTF-8''loop.mp3`],
  ['a "b"; c.mp3', `inline; filename="a _b__ c.mp3"; filename*=UTF-8''a%20%22b%22%3B%20c.mp3`],
  ["it's (1)*.mp3", `inline; filename="it_s (1)_.mp3"; filename*=UTF-8''it%27s%20%281%29%2A.mp3`],
  ['Näch€t 音.mp3', `inline; filename="N_ch_t _.mp3"; filename*=UTF-8''N%C3%A4ch%E2%82%ACt%20%E9%9F%B3.mp3`],
  ['\ud800.mp3', `inline; filename="_.mp3"; filename*=UTF-8''%EF%BF%BD.mp3`],
])('%s', (name, header) => expect(inline(name)).toBe(header));
