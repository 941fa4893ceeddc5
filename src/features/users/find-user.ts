import type { Queryable } from '../../data/database.ts';
import { findUser } from '../../data/repositories/users.ts';
import { notFound } from '../../errors.ts';

/**
 * The user that an id or a username stands for; from here on there are only ids.
 * @throws AppError NOT_FOUND
 */
export const requireUser = async (db: Queryable, idOrUsername: string): Promise<{ id: string; isPrivate: boolean }> => {
  const user = await findUser(db, idOrUsername);
  if (!user) throw notFound('user');
  return user;
};
