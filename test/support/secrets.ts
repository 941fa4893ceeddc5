import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What came out of the product during the whole run of the tests, log lines and spans, and the secrets that went in.
 * At the end of the run the one is searched for the other.
 */
const SECRETS = 'secrets.txt';

const folder = (): string | undefined => process.env.TEST_OUTPUT_DIR;

/** Notes passwords and tokens that must not come out anywhere. */
export const noteSecrets = (...secrets: string[]): void => {
  const at = folder();
  if (at !== undefined) appendFileSync(join(at, SECRETS), `${secrets.join('\n')}\n`);
};

let files = 0;

/** Keeps what came out, for the search. */
export const keepOutput = (kind: 'log' | 'spans', output: string): void => {
  const at = folder();
  if (at !== undefined) {
    files += 1;
    writeFileSync(join(at, `${kind}-${process.pid}-${files}.txt`), output);
  }
};

/** @throws Error that names the files in which a secret was found, and never the secret. */
export const searchForSecrets = (at: string): void => {
  if (!existsSync(join(at, SECRETS))) return;
  const secrets = [...new Set(readFileSync(join(at, SECRETS), 'utf8').split('\n').filter(Boolean))];
  const found = readdirSync(at)
    .filter((name) => name !== SECRETS)
    .flatMap((name) => {
      const text = readFileSync(join(at, name), 'utf8');
      return secrets.flatMap((secret) => {
        const index = text.indexOf(secret);
        return index < 0 ? [] : [`${name}: …${text.slice(Math.max(0, index - 200), index)}`];
      });
    });
  if (found.length > 0) throw new Error(`secrets came out in logs or spans, after:\n${found.slice(0, 10).join('\n')}`);
};
