import type { KeyObject } from 'node:crypto';

/** Apart from the configuration, so that logging the one can never show the other. */
export interface Secrets {
  /** Ed25519 private key that signs access tokens. */
  signingKey: KeyObject;
  /** Source of the keys that sign cursors and encrypt stored replies. */
  appSecret: string;
}
