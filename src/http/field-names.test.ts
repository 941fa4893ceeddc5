import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldNames } from './field-names.ts';

test('names what inputs have: nested, in arrays, in unions, behind transforms and references', () => {
  const profile = z.strictObject({ bio: z.string() }).meta({ id: 'FieldNamesProfile' });
  const names = fieldNames([
    { params: z.object({ id: z.uuid() }), query: z.strictObject({ limit: z.string().transform(Number).optional() }) },
    {
      body: z
        .strictObject({
          profile,
          previous: profile.optional(),
          genre: z.array(z.string()),
          tracks: z.array(z.object({ bpm: z.number() })),
          at: z.date().nullable(),
        })
        .refine(() => true),
    },
    { body: z.union([z.object({ audio_url: z.url() }), z.object({ audio_id: z.uuid() })]) },
    {},
  ]);
  expect([...names].toSorted()).toEqual(
    ['id', 'limit', 'profile', 'profile.bio', 'previous', 'previous.bio', 'genre', 'tracks', 'tracks.bpm', 'at']
      .concat(['audio_url', 'audio_id'])
      .toSorted(),
  );
});

test('a schema that contains itself has an end', () => {
  const node = z.object({
    name: z.string(),
    get child() {
      return node.optional();
    },
  });
  expect(fieldNames([{ body: node }])).toContain('child');
});
