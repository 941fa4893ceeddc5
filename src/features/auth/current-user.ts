import { type AccountRow, findAccount } from '../../data/repositories/users.ts';
import { AppError } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import type { AuthContext } from './context.ts';

/**
 * The account that the caller's token stands for, as it is now.
 * @throws AppError UNAUTHORIZED when the account is gone.
 */
export const getCurrentUser = (ctx: Pick<AuthContext, 'db'>, userId: string): Promise<AccountRow> =>
  withSpan('auth.get_current_user', { 'user.id': userId }, async () => {
    const account = await findAccount(ctx.db, userId);
    if (!account) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    return account;
  });
