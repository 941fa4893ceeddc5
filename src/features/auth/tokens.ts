import { createHash, createPublicKey, hash, type KeyObject, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import { AppError } from '../../errors.ts';
import type { Revocations } from './revocations.ts';

const ISSUER = 'sidechain';
const AUDIENCE = 'sidechain-api';
/** Pinned: a token that says anything else of itself (`none`, an HMAC made with our public key) is refused. */
const ALGORITHM = 'EdDSA';
const LIFETIME_SECONDS = 15 * 60;
/** Ours are about 500 characters; nothing much longer is worth parsing. */
const MAX_TOKEN_LENGTH = 4096;
const REMEMBERED_TOKENS = 10_000;

/** Whom a token is made for. */
interface TokenSubject {
  id: string;
  email: string;
  username: string;
  roles: string[];
}

/** Whom a verified token stands for. */
interface TokenHolder extends TokenSubject {
  sessionId: string;
  expiresAt: Date;
}

interface SignedToken {
  token: string;
  expiresAt: Date;
}

export interface AccessTokens {
  /** Makes an access token of 15 minutes for one session. */
  sign(subject: TokenSubject, sessionId: string): Promise<SignedToken>;
  /**
   * Costs no query and no cache call; a token that was seen before not even a signature check.
   * @throws AppError UNAUTHORIZED when it is malformed, forged, expired, or of a session that ended.
   */
  verify(token: string): Promise<TokenHolder>;
  /** Refuses the session's tokens from now on, everywhere. */
  revokeSession(sessionId: string): Promise<void>;
}

const Claims = z.object({
  sub: z.guid(),
  email: z.string(),
  username: z.string(),
  roles: z.array(z.string()),
  jti: z.string(),
  sid: z.guid(),
  exp: z.number(),
});

/** RFC 7638 thumbprint: names a key by itself, so that keys can rotate without a register of names. */
const thumbprint = (publicKey: KeyObject): string => {
  const { crv, kty, x } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
};

const refuse = (message: string, cause?: unknown): AppError => new AppError('UNAUTHORIZED', message, { cause });

/** Signs and checks access tokens (JWT, Ed25519). */
export const createAccessTokens = (
  secrets: Pick<Secrets, 'signingKey'>,
  now: () => Date,
  revocations: Pick<Revocations, 'isRevoked' | 'revoke'>,
): AccessTokens => {
  const publicKey = createPublicKey(secrets.signingKey);
  const kid = thumbprint(publicKey);
  const keys = new Map([[kid, publicKey]]);
  // By hash, so that no usable token lies around in memory longer than its request.
  const verified = new LRUCache<string, TokenHolder>({ max: REMEMBERED_TOKENS });

  const checkSignature = async (token: string): Promise<TokenHolder> => {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = keys.get(header.kid ?? '');
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE, currentDate: now() },
    );
    const claims = Claims.parse(payload);
    return {
      id: claims.sub,
      email: claims.email,
      username: claims.username,
      roles: claims.roles,
      sessionId: claims.sid,
      expiresAt: new Date(claims.exp * 1000),
    };
  };

  return {
    sign: async (subject, sessionId) => {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const token = await new SignJWT({
        email: subject.email,
        username: subject.username,
        roles: subject.roles,
        sid: sessionId,
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid })
        .setSubject(subject.id)
        .setJti(randomUUID())
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + LIFETIME_SECONDS)
        .sign(secrets.signingKey);
      return { token, expiresAt: new Date((issuedAt + LIFETIME_SECONDS) * 1000) };
    },

    verify: async (token) => {
      if (token.length > MAX_TOKEN_LENGTH) throw refuse('invalid access token');
      const fingerprint = hash('sha256', token, 'base64url');
      let holder = verified.get(fingerprint);
      if (!holder) {
        holder = await checkSignature(token).catch((error: unknown) => {
          throw refuse(
            error instanceof errors.JWTExpired ? 'the access token has expired' : 'invalid access token',
            error,
          );
        });
        verified.set(fingerprint, holder);
      }
      if (holder.expiresAt <= now()) {
        verified.delete(fingerprint);
        throw refuse('the access token has expired');
      }
      if (revocations.isRevoked(holder.sessionId)) throw refuse('the session has ended');
      return holder;
    },

    revokeSession: (sessionId) => revocations.revoke(sessionId),
  };
};
