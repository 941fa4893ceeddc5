import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from './index.ts';
import { loadSecrets } from './load-secrets.ts';

const pem = (): string => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const random = (): string => randomBytes(48).toString('base64');
/** A PKCS#8 Ed25519 key with a seed of our choice. */
const keyOf = (seed: Buffer): string =>
  Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]).toString('base64');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const production = (given: { AUTH_SIGNING_KEY?: string; APP_SECRET?: string }) =>
  loadSecrets({
    NODE_ENV: 'production',
    DATA_DIR: folder,
    AUTH_SIGNING_KEY: undefined,
    APP_SECRET: undefined,
    ...given,
  });
const development = () =>
  loadSecrets({ NODE_ENV: 'development', DATA_DIR: folder, AUTH_SIGNING_KEY: undefined, APP_SECRET: undefined });

const messageOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('secrets in development', () => {
  it('are invented once, kept, and readable by nobody else', () => {
    const first = development();
    const second = development();
    expect(second.appSecret).toBe(first.appSecret);
    expect(second.signingKey.equals(first.signingKey)).toBe(true);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });

  it('are explained when their file is damaged', () => {
    writeFileSync(join(folder, 'secrets.json'), '{"signing_key":"-----BEG');
    expect(messageOf(development)).toContain('secrets.json is damaged; delete it');
  });

  it('are explained when they cannot be kept', () => {
    writeFileSync(join(folder, 'file'), '');
    const action = () =>
      loadSecrets({
        NODE_ENV: 'test',
        DATA_DIR: join(folder, 'file', 'x'),
        AUTH_SIGNING_KEY: undefined,
        APP_SECRET: undefined,
      });
    expect(messageOf(action)).toMatch(/^DATA_DIR=.*must be a writable folder$/);
  });
});

describe('secrets in production', () => {
  it('must be given, both named at once, and no file is made', () => {
    const message = messageOf(() => production({}));
    expect(message).toMatch(
      /^AUTH_SIGNING_KEY: must be given in production; .*\nAPP_SECRET: must be given in production; /,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('take the key as PEM, as PEM in one line, as base64 of the PEM, as base64 of the DER', () => {
    const key = pem();
    const der = key.split('\n').slice(1, -2).join('');
    const forms = [key, key.replaceAll('\n', '\\n'), Buffer.from(key).toString('base64'), der];
    const keys = forms.map((form) => production({ AUTH_SIGNING_KEY: form, APP_SECRET: random() }).signingKey);
    for (const one of keys) expect(keys[0]?.equals(one)).toBe(true);
  });

  it.each([
    ['rubbish', 'hello'],
    [
      'an RSA key',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ format: 'pem', type: 'pkcs8' })
        .toString(),
    ],
    ['a public key', generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()],
    ['a key of zeros', keyOf(Buffer.alloc(32))],
    ['a key of one word', keyOf(Buffer.from('changemechangemechangemechangeme'))],
    [
      'a key from an RFC',
      keyOf(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex')),
    ],
  ])('refuse %s as signing key without showing it', (_name, key) => {
    const message = messageOf(() => production({ AUTH_SIGNING_KEY: key, APP_SECRET: random() }));
    expect(message).toMatch(/^AUTH_SIGNING_KEY is .*; give an Ed25519 private key/);
    for (const line of key.split('\n')) if (line !== '') expect(message).not.toContain(line);
  });

  it.each([
    ['short', 'kJ8#mQ2$xZ7!'],
    ['a placeholder', 'please-change-me-to-something-random-1F'],
    ['named secret', 'my-super-SECRET-kQz81jf04mxWq7Lp'],
    ['one character', 'x'.repeat(64)],
    ['a repeated block', 'k3Jd9xPq'.repeat(8)],
    ['a sequence', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`pq'],
    ['few characters', 'abababbaabbbabababbbaaababababbbab'],
  ])('refuse an APP_SECRET that is %s without showing it', (_name, secret) => {
    const message = messageOf(() => production({ AUTH_SIGNING_KEY: pem(), APP_SECRET: secret }));
    expect(message).toMatch(/^APP_SECRET (is|looks) .*; give at least 32 random characters/);
    expect(message).not.toContain(secret);
  });

  it('takes what the recommended commands print, every time', () => {
    for (let i = 0; i < 500; i += 1) {
      production({ AUTH_SIGNING_KEY: pem(), APP_SECRET: random() });
      production({ AUTH_SIGNING_KEY: pem(), APP_SECRET: randomBytes(16).toString('hex') });
    }
  });
});

it('starting twice at once yields one set of secrets', () => {
  const script = `import { loadSecrets } from ${JSON.stringify(new URL('./load-secrets.ts', import.meta.url).href)};
    console.log(loadSecrets({ NODE_ENV: 'development', DATA_DIR: ${JSON.stringify(folder)} }).appSecret.length > 0)`;
  execFileSync('sh', [
    '-c',
    '"$0" --input-type=module -e "$1" & "$0" --input-type=module -e "$1" & wait',
    process.execPath,
    script,
  ]);
  const kept = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')).app_secret;
  expect(development().appSecret).toBe(kept);
});
