import { hash, verify } from '@node-rs/argon2';
import { invalid } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { isCommonPassword } from './common-passwords.ts';

/** OWASP Password Storage Cheat Sheet: argon2id (2 in the package's enum) with 19 MiB, two passes, one lane. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash of nothing that anyone knows, with the same parameters: checking against it takes as long as any check. */
const UNKNOWN_ACCOUNT =
  '$argon2id$v=19$m=19456,t=2,p=1$5fBh5YPMweXSplm6UP+CGg$9Q+LN2/0xU9mMuHryOmzL7U/Dndvar2zivvhdRL9gQc';

/** The same characters typed on different keyboards may arrive composed differently. */
const canonical = (password: string): string => password.normalize('NFKC');

const RULES: [RegExp, string][] = [
  [/\p{Lu}/u, 'password must contain an upper-case letter'],
  [/\p{Ll}/u, 'password must contain a lower-case letter'],
  [/\p{Nd}/u, 'password must contain a digit'],
  [/[^\p{L}\p{N}\s]/u, 'password must contain a special character, such as ! or -'],
];

/** @throws AppError VALIDATION_ERROR that names the first rule which a new password breaks. */
export const requireStrongPassword = (password: string): void => {
  if (password.length < 8) throw invalid('password', 'password must be at least 8 characters long');
  if (password.length > 128) throw invalid('password', 'password must be at most 128 characters long');
  for (const [pattern, message] of RULES) if (!pattern.test(password)) throw invalid('password', message);
  if (isCommonPassword(password)) throw invalid('password', 'password is one of the most common ones; choose another');
};

export const hashPassword = (password: string): Promise<string> =>
  withSpan('password.hash', {}, () => hash(canonical(password), PARAMETERS));

/** Takes the same time whether or not there is a stored hash; without one the answer is false. */
export const verifyPassword = (storedHash: string | undefined, password: string): Promise<boolean> =>
  withSpan('password.verify', {}, async () => {
    const matches = await verify(storedHash ?? UNKNOWN_ACCOUNT, canonical(password));
    return matches && storedHash !== undefined;
  });
