/** Words that placeholders in examples, compose files and tutorials are made of. */
const PLACEHOLDERS =
  /change[-_ ]?me|change[-_ ]?this|replace|secret|password|passw0rd|example|default|insecure|placeholder|sidechain|development|sample|letmein|qwerty|123456|abcdef|deadbeef/i;

const MIN_LENGTH = 32;
/** Bits. 32 random hexadecimal digits have about 115 by this measure, `abcabc...` of the same length 51. */
const MIN_ENTROPY = 80;

/** Shannon entropy of the characters' frequencies, times the length. */
const entropy = (values: Iterable<string | number>): number => {
  const counts = new Map<string | number, number>();
  let total = 0;
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    total += 1;
  }
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / total);
  return bits;
};

/** A block of up to half the length, again and again. */
const isRepetition = (text: string): boolean => {
  const period = (text + text).indexOf(text, 1);
  if (period < text.length) return true;
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.startsWith(text.slice(length))) return true;
  }
  return false;
};

/** `abcdefgh...`, `13579...`: between neighbours there are only a few different steps. */
const isSequence = (text: string): boolean => {
  const steps = new Set<number>();
  for (let i = 1; i < text.length; i += 1) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1));
  return steps.size < 8;
};

/** Why a secret would be guessed, or undefined when it looks random. Never contains the secret. */
export const weaknessOf = (secret: string): string | undefined => {
  if (secret.length < MIN_LENGTH) return `is too short: at least ${MIN_LENGTH} random characters are needed`;
  if (PLACEHOLDERS.test(secret)) return 'looks like a placeholder: it must be random';
  if (entropy(secret) < MIN_ENTROPY || isRepetition(secret) || isSequence(secret)) {
    return 'is too regular to be random';
  }
  return undefined;
};

/** Whether the bytes of a key were typed and not drawn: 32 random ones have 30 different values, give or take 2. */
export const isRegularKey = (bytes: Uint8Array): boolean => new Set(bytes).size < 20;
