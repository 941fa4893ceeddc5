import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Whose key it is, and the key. */
export interface KeyOwner {
  scope: string;
  key: string;
}

const derive = (appSecret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', appSecret, '', `sidechain idempotency ${purpose}`, 32));

/** A key of encryption for each idempotency key, so that a row moved to another key cannot be read there. */
const sealingKey = (appSecret: string, { scope, key }: KeyOwner): Buffer =>
  derive(appSecret, `reply\0${scope}\0${key}`);

/** Two spellings of one JSON value have one text: the order of keys means nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) =>
    part instanceof Object && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );

/** What makes two requests the same. Keyed, because a request may hold a password and a bare hash of it can be guessed. */
export const fingerprint = (appSecret: string, request: unknown): Buffer =>
  createHmac('sha256', derive(appSecret, 'request')).update(canonical(request)).digest();

/** Encrypts with AES-256-GCM, because replies hold tokens. The result is nonce, tag and ciphertext. */
export const seal = (appSecret: string, owner: KeyOwner, value: unknown): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(appSecret, owner), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
};

/** @throws Error when `bytes` were changed, or sealed for another owner or with another secret. */
export const unseal = (appSecret: string, owner: KeyOwner, bytes: Uint8Array): unknown => {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(appSecret, owner), nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(plain.toString());
};
