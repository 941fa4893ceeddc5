import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Config, ConfigError } from './index.ts';
import { isRegularKey, weaknessOf } from './secret-strength.ts';
import type { Secrets } from './secrets.ts';

const HOW_TO = {
  AUTH_SIGNING_KEY:
    'give an Ed25519 private key as PKCS#8 PEM or its base64, such as `openssl genpkey -algorithm ed25519` makes',
  APP_SECRET: 'give at least 32 random characters, such as `openssl rand -base64 48` prints',
} as const;

type SecretName = keyof typeof HOW_TO;

/** Seeds that are printed in RFC 8032, section 7.1: tutorials are full of them. */
const PUBLISHED_SEEDS = new Set([
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  'f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5',
  '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
]);

/** @throws Error whose message says what is wrong with the key and never shows it. */
const readSigningKey = (given: string): KeyObject => {
  const key = parsePrivateKey(given);
  if (key?.asymmetricKeyType !== 'ed25519') throw new Error('is not an Ed25519 private key');
  const seed = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  if (isRegularKey(seed) || PUBLISHED_SEEDS.has(seed.toString('hex')))
    throw new Error('is a key that others can guess');
  return key;
};

const parsePrivateKey = (given: string): KeyObject | undefined => {
  // Environment files and dashboards often turn the line breaks of a PEM into \n.
  const text = given.replaceAll('\\n', '\n').trim();
  const decoded = Buffer.from(text, 'base64');
  const candidates: Parameters<typeof createPrivateKey>[0][] = text.startsWith('-----')
    ? [text]
    : [decoded.toString('utf8'), { key: decoded, format: 'der', type: 'pkcs8' }];
  for (const candidate of candidates) {
    try {
      return createPrivateKey(candidate);
    } catch {
      // The next form may fit. What OpenSSL says is not passed on: it may quote its input.
    }
  }
  return undefined;
};

const readAppSecret = (given: string): string => {
  const weakness = weaknessOf(given);
  if (weakness !== undefined) throw new Error(weakness);
  return given;
};

const Invented = z.object({ signing_key: z.string(), app_secret: z.string() });

/** Made once for a developer's machine and kept, so that a restart logs nobody out. Readable by the owner only. */
const inventSecrets = (directory: string): z.output<typeof Invented> => {
  const path = join(directory, 'secrets.json');
  try {
    mkdirSync(directory, { recursive: true });
    const stored = readStored(path);
    if (stored) return stored;
    const invented = {
      signing_key: generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      app_secret: randomBytes(48).toString('base64url'),
    };
    // Written aside and linked: a process that dies leaves no half file, and of two that start at once one wins.
    const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, `${JSON.stringify(invented, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    chmodSync(path, 0o600);
    return readStored(path) ?? invented;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new ConfigError(
      `DATA_DIR=${JSON.stringify(directory)}: secrets.json cannot be kept there (${reason}); it must be a writable folder`,
    );
  }
};

const readStored = (path: string): z.output<typeof Invented> | undefined => {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stored = Invented.parse(JSON.parse(content));
    readSigningKey(stored.signing_key);
    readAppSecret(stored.app_secret);
    return stored;
  } catch {
    throw new ConfigError(`DATA_DIR: ${path} is damaged; delete it, and new development secrets are made`);
  }
};

/**
 * The secrets of this process: given ones, or in development and tests ones that are invented once and kept in
 * `DATA_DIR/secrets.json`.
 * @throws ConfigError that names each variable which is missing (in production) or weak (anywhere), and what is
 *   allowed; never its value.
 */
export const loadSecrets = (
  config: Pick<Config, 'NODE_ENV' | 'DATA_DIR' | 'AUTH_SIGNING_KEY' | 'APP_SECRET'>,
): Secrets => {
  const problems: string[] = [];
  const read = <T>(name: SecretName, parse: (given: string) => T): T | undefined => {
    const given = config[name];
    if (given === undefined) {
      if (config.NODE_ENV === 'production') problems.push(`${name}: must be given in production; ${HOW_TO[name]}`);
      return undefined;
    }
    try {
      return parse(given);
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}; ${HOW_TO[name]}`);
      return undefined;
    }
  };
  const signingKey = read('AUTH_SIGNING_KEY', readSigningKey);
  const appSecret = read('APP_SECRET', readAppSecret);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  if (signingKey && appSecret) return { signingKey, appSecret };
  const invented = inventSecrets(config.DATA_DIR);
  return {
    signingKey: signingKey ?? createPrivateKey(invented.signing_key),
    appSecret: appSecret ?? invented.app_secret,
  };
};
