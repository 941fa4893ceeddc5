import type { Request } from 'express';
import { AppError } from '../../errors.ts';
import type { AccessTokens } from '../../features/auth/tokens.ts';
import { currentScope } from '../../telemetry/scope.ts';
import { setRootAttributes } from '../../telemetry/spans.ts';
import type { Auth, Viewer } from '../contract.ts';

/**
 * Finds out who makes the request. A token that is there has to be good, also where none is needed: a caller whose
 * session has ended is told so, instead of silently becoming a stranger.
 * @throws AppError UNAUTHORIZED
 */
export const authenticate = async (
  tokens: AccessTokens,
  auth: Auth,
  userAttributes: readonly string[],
  req: Request,
): Promise<Viewer | undefined> => {
  if (auth === 'none') return undefined;
  const header = req.get('authorization');
  if (header === undefined) {
    if (auth === 'required') throw new AppError('UNAUTHORIZED', 'this needs an access token: Authorization: Bearer …');
    return undefined;
  }
  const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(header)?.[1];
  if (token === undefined)
    throw new AppError('UNAUTHORIZED', 'the Authorization header must be: Bearer <access token>');
  const viewer = await tokens.verify(token);
  const scope = currentScope();
  if (scope) scope.userId = viewer.id;
  setRootAttributes({
    ...(userAttributes.includes('id') ? { 'user.id': viewer.id } : {}),
    ...(userAttributes.includes('roles') ? { 'user.roles': viewer.roles } : {}),
    ...(userAttributes.includes('name') ? { 'user.name': viewer.username } : {}),
    ...(userAttributes.includes('email') ? { 'user.email': viewer.email } : {}),
  });
  return viewer;
};
