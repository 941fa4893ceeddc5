import { z } from 'zod';

/**
 * The kinds of values that come in over the wire. Messages read after the field's name: `limit must be at most 100`.
 * A parameter given twice arrives as an array, and so fails the type.
 */

/** No NUL (PostgreSQL cannot store it) and no lone surrogate (UTF-8 cannot carry it). */
const isStorable = (value: string): boolean => !value.includes('\0') && value.isWellFormed();

const storable = (message: string) =>
  z.string({ error: message }).refine(isStorable, { error: 'must not contain NUL or broken Unicode', abort: true });

/** Text as it was sent, `min` to `max` UTF-16 units long. */
export const exactText = (min: number, max: number) =>
  storable('must be text')
    .min(min, { error: min === 1 ? 'must not be empty' : `must be at least ${min} characters long` })
    .max(max, { error: `must be at most ${max} characters long` });

/** Text without the white space around it, then `min` to `max` UTF-16 units long. */
export const text = (min: number, max: number) =>
  storable('must be text')
    .trim()
    .min(min, { error: min === 1 ? 'must not be empty' : `must be at least ${min} characters long` })
    .max(max, { error: `must be at most ${max} characters long` });

/** Text of one line: nothing that moves the cursor of whoever reads it. */
export const line = (min: number, max: number) =>
  text(min, max).refine((value) => !/\p{Cc}/u.test(value), { error: 'must not contain control characters' });

/** The id of a thing, lower-cased, so that one thing never has two spellings. */
export const id = z.guid({ error: 'must be a UUID' }).toLowerCase();

/** An http or https address of at most 2048 characters. */
export const webAddress = () =>
  exactText(1, 2048).refine((value) => URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol), {
    error: 'must be an http or https URL',
  });

const within = (value: number, min: number, max: number, ctx: z.RefinementCtx): number => {
  if (value < min) ctx.addIssue({ code: 'custom', message: `must be at least ${min}` });
  else if (value > max) ctx.addIssue({ code: 'custom', message: `must be at most ${max}` });
  return value;
};

/** A whole number in a query string, `min` to `max`. Digits only: no sign, exponent, point or white space. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string({ error: 'must be given once' })
    .regex(/^\d{1,15}$/, { error: 'must be a whole number', abort: true })
    .transform((value, ctx) => within(Number(value), min, max, ctx))
    .meta({ type: 'integer', minimum: min, maximum: max });

/** A decimal number in a query string, `min` to `max`: `120`, `87.5`. */
export const number = (min: number, max: number) =>
  z
    .string({ error: 'must be given once' })
    .regex(/^-?\d{1,15}(\.\d{1,15})?$/, { error: 'must be a number', abort: true })
    .transform((value, ctx) => within(Number(value), min, max, ctx))
    .meta({ type: 'number', minimum: min, maximum: max });

/** How many items of a list: 1 to 100, 20 unless told. */
export const limit = wholeNumber(1, 100).default(20).meta({ default: 20 });

/** The opaque place in a list that `meta.next_cursor` gave. */
export const cursor = exactText(1, 2048).optional();

/** A moment in the replies: RFC 3339, UTC, milliseconds. */
export const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ format: 'date-time' });
