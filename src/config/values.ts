import { isIP } from 'node:net';
import { z } from 'zod';

/** The kinds of values that variables have. Every message says what is allowed. */

export const text = () => z.string();

export const flag = () =>
  z.string().transform((value, ctx): boolean => {
    if (['true', '1', 'yes', 'on'].includes(value.toLowerCase())) return true;
    if (['false', '0', 'no', 'off'].includes(value.toLowerCase())) return false;
    ctx.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  });

export const integer = (min: number, max: number) =>
  z.string().transform((value, ctx): number => {
    const number = Number(value);
    if (/^-?\d+$/.test(value) && number >= min && number <= max) return number;
    ctx.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });

/** A share, 0 to 1. */
export const ratio = () =>
  z.string().transform((value, ctx): number => {
    const number = Number(value);
    if (number >= 0 && number <= 1) return number;
    ctx.addIssue({ code: 'custom', message: 'must be a number from 0 to 1' });
    return z.NEVER;
  });

/** Milliseconds: `250`, `250ms`, `10s`, `1m`. @param shortest in milliseconds too */
export const duration = (shortest = 1) =>
  z.string().transform((value, ctx): number => {
    const match = /^(\d+)(ms|s|m)?$/.exec(value);
    const milliseconds = match
      ? Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[(match[2] ?? 'ms') as 'ms' | 's' | 'm']
      : Number.NaN;
    // Node's timers hold no more than 2^31-1 ms.
    if (milliseconds >= shortest && milliseconds < 2 ** 31) return milliseconds;
    const atLeast = shortest > 1 ? `, at least ${shortest}ms` : '';
    ctx.addIssue({ code: 'custom', message: `must be a time such as 250ms, 10s or 1m${atLeast}` });
    return z.NEVER;
  });

/** Bytes: `65536`, `64kb`, `10mb`, `1gb`. */
export const byteSize = () =>
  z.string().transform((value, ctx): number => {
    const match = /^(\d+)(b|kb|mb|gb)?$/i.exec(value);
    const bytes = match
      ? Number(match[1]) * 1024 ** ['b', 'kb', 'mb', 'gb'].indexOf((match[2] ?? 'b').toLowerCase())
      : Number.NaN;
    if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    ctx.addIssue({ code: 'custom', message: 'must be a size such as 65536, 64kb or 10mb' });
    return z.NEVER;
  });

/** Separated by commas. */
export const list = (allowed?: readonly string[]) =>
  z.string().transform((value, ctx): string[] => {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
    if (!allowed || items.every((item) => allowed.includes(item))) return items;
    ctx.addIssue({ code: 'custom', message: `must be some of ${allowed.join(', ')}, separated by commas` });
    return z.NEVER;
  });

/** A URL of one of the given schemes. */
export const endpoint = (schemes: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
    message: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  });

/** An http(s) URL with places to fill in, of which `{trace_id}` must be there. Other braces in it are just braces. */
export const linkTemplate = () =>
  z.string().refine((value) => /^https?:\/\/[^/{}]/.test(value) && value.includes('{trace_id}'), {
    message: 'must be a URL that begins with http:// or https:// and has {trace_id} in it',
  });

const isSubnet = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    longest > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest))
  );
};

/** Whose forwarded addresses are believed, as express takes it. Not `true`: then every caller chooses its own address. */
export const proxies = () =>
  z.string().transform((value, ctx): false | number | string[] => {
    if (value === 'false') return false;
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const places = value.split(',').map((place) => place.trim());
    if (places.every((place) => ['loopback', 'linklocal', 'uniquelocal'].includes(place) || isSubnet(place)))
      return places;
    ctx.addIssue({
      code: 'custom',
      message:
        'must be false, a number of proxies, or addresses, subnets, loopback, linklocal, uniquelocal, separated by commas',
    });
    return z.NEVER;
  });

/** What browsers send as Origin: a scheme, a host and perhaps a port, nothing after them. */
export const origins = () =>
  z.string().transform((value, ctx): string[] => {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);
    if (items.every((item) => item === '*' || (URL.canParse(item) && new URL(item).origin === item))) return items;
    ctx.addIssue({
      code: 'custom',
      message: 'must be * or origins such as https://app.example.com, separated by commas',
    });
    return z.NEVER;
  });

/** One word of a closed set. */
export const oneOf = <const T extends string>(words: readonly T[]) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` });
