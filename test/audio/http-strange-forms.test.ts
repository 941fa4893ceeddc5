import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AudioApp, FORM, startAudioApp } from './http-app.ts';
import { BOUNDARY, field, file, formOf, type Part, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());
afterEach(async () => {
  for (const { id, sourceKey } of await app.db.audioUpload.findMany()) {
    await app.storage.delete([sourceKey]);
    await app.db.audioUpload.delete({ where: { id } });
  }
  expect(await app.storedInTheEnd()).toEqual([]);
});

const good = file(wav(0.2));
const form = formOf([good]);

const epilogue = (bytes: number): Buffer => Buffer.concat([form, Buffer.alloc(bytes, 'x')]);
const disposition = (more: string): string => `form-data; name="audio"; filename="a.wav"${more}`;
const headersOf = (...headers: string[]): Part => ({ ...good, headers });
const nested = formOf([{ name: 'inner', content: 'x' }], { boundary: 'inner' });

describe('a form that is strange', () => {
  it.each<[string, number, Buffer, string?]>([
    ['a preamble of 100 kB', 202, Buffer.concat([Buffer.alloc(100_000, 'p'), Buffer.from('\r\n'), form])],
    ['an epilogue of 100 kB', 202, epilogue(100_000)],
    ['an epilogue of 60 MB', 413, epilogue(60_000_000)],
    ['a second form behind its end', 202, Buffer.concat([form, formOf([file(wav(0.3)), field('bpm', '400')])])],
    [
      'a file in base64',
      415,
      formOf([
        { ...headersOf('Content-Transfer-Encoding: base64'), content: Buffer.from(wav(0.2)).toString('base64') },
      ]),
    ],
    ['a file that says it is base64', 202, formOf([headersOf('Content-Transfer-Encoding: base64')])],
    [
      'a field in base64',
      422,
      formOf([good, { name: 'bpm', content: 'MTIw', headers: ['Content-Transfer-Encoding: base64'] }]),
    ],
    [
      'a form within a form',
      422,
      formOf([good, { name: 'daw', content: nested, headers: ['Content-Type: multipart/mixed; boundary=inner'] }]),
    ],
    [
      'a field in UTF-7',
      202,
      formOf([good, { name: 'daw', content: '+AGE-', headers: ['Content-Type: text/plain; charset=utf-7'] }]),
    ],
    [
      'a field in UTF-16',
      202,
      formOf([
        good,
        {
          name: 'daw',
          content: Buffer.from('Live', 'utf16le'),
          headers: ['Content-Type: text/plain; charset=utf-16le'],
        },
      ]),
    ],
    [
      'a field of half a UTF-16 letter',
      202,
      formOf([good, { name: 'daw', content: 'abc', headers: ['Content-Type: text/plain; charset=utf-16le'] }]),
    ],
    [
      'a field in what is no charset',
      202,
      formOf([good, { name: 'daw', content: '\u00e9', headers: ['Content-Type: text/plain; charset=__proto__'] }]),
    ],
    [
      'a field in no charset at all',
      202,
      formOf([good, { name: 'daw', content: '\u00e9', headers: ['Content-Type: text/plain; charset='] }]),
    ],
    ['a field that is no UTF-8', 422, formOf([good, { name: 'daw', content: Buffer.from([0xff, 0xfe, 0xc0, 0x80]) }])],
    ['a field that sets the charset of all', 422, formOf([field('_charset_', 'utf-16le'), good])],
    ['fields that differ in case', 422, formOf([field('bpm', '120'), field('BPM', '121'), good])],
    ['a file of a name in capitals', 422, formOf([{ ...good, name: 'AUDIO' }])],
    ['a name twice in a part', 202, formOf([{ ...good, disposition: disposition('; name="cover"') }])],
    ['a filename twice in a part', 202, formOf([{ ...good, disposition: disposition('; filename="b.wav"') }])],
    [
      'a filename in an unknown charset',
      202,
      formOf([{ ...good, disposition: `form-data; name="audio"; filename*=x-none''%ff%fe.wav` }]),
    ],
    [
      'a filename that is half encoded',
      202,
      formOf([{ ...good, disposition: `form-data; name="audio"; filename*=UTF-8''%E4%zz.wav` }]),
    ],
    [
      'a filename in continuations',
      202,
      formOf([{ ...good, disposition: 'form-data; name="audio"; filename*0="a"; filename*1=".wav"' }]),
    ],
    ['a quote that never ends', 422, formOf([{ ...good, disposition: 'form-data; name="audio; filename=a.wav' }])],
    ['a disposition twice', 202, formOf([headersOf('Content-Disposition: form-data; name="cover"')])],
    [
      'a folded disposition',
      202,
      formOf([{ ...good, disposition: 'form-data;\r\n name="audio";\r\n filename="a.wav"' }]),
    ],
    [
      '1,000 headers in each part',
      422,
      formOf([
        field('bpm', '120'),
        { ...good, disposition: '', headers: Array.from({ length: 1000 }, (_, i) => `X-${i}: 1`) },
      ]),
    ],
    [
      '1,000 headers behind a good one',
      202,
      formOf([headersOf(...Array.from({ length: 1000 }, (_, i) => `X-${i}: 1`))]),
    ],
    [
      'lines that end without a CR',
      400,
      Buffer.from(formOf([good]).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    ],
    [
      'a boundary with its dashes in the file',
      202,
      formOf([file(Buffer.concat([wav(0.1), Buffer.from(`--${BOUNDARY}--`)]))]),
    ],
    [
      'its end in the middle of the file',
      202,
      formOf([file(Buffer.concat([wav(0.1), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]))]),
    ],
    [
      'a boundary of 1,000 characters',
      400,
      formOf([good], { boundary: 'b'.repeat(1000) }),
      `multipart/form-data; boundary=${'b'.repeat(1000)}`,
    ],
    [
      'a boundary of 10,000 characters',
      400,
      formOf([good], { boundary: 'b'.repeat(10_000) }),
      `multipart/form-data; boundary=${'b'.repeat(10_000)}`,
    ],
    ['a boundary of one character', 202, formOf([good], { boundary: 'b' }), 'multipart/form-data; boundary=b'],
    [
      'a boundary in quotes with blanks',
      202,
      formOf([good], { boundary: 'a b' }),
      'multipart/form-data; boundary="a b"',
    ],
    ['two boundaries', 202, form, `${FORM}; boundary=other`],
    ['a charset of the whole form', 202, form, `${FORM}; charset=utf-16`],
    ['multipart/mixed', 415, form, `multipart/mixed; boundary=${BOUNDARY}`],
  ])('by %s is answered with %i, and soon', async (_name, expected, body, contentType) => {
    const began = performance.now();
    const answer = await app.send(body, contentType === undefined ? {} : { contentType });
    expect(answer.status, answer.text).toBe(expected);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await app.uploads()).toBe(answer.status === 202 ? 1 : 0);
    if (answer.status !== 202) return;
    const row = await app.db.audioUpload.findFirstOrThrow();
    expect(row.format).toBe('wav');
    expect(app.stored()).toHaveLength(1);
  });

  it('is read as one charset, whatever its parts say: text is stored as it was meant, or refused', async () => {
    const daw = {
      name: 'daw',
      content: Buffer.from('Live', 'utf16le'),
      headers: ['Content-Type: text/plain; charset=utf-16le'],
    };
    const answer = await app.sendParts([good, daw]);
    if (answer.status === 202) expect(await app.db.audioUpload.findFirst()).toMatchObject({ daw: 'Live' });
  });
});
