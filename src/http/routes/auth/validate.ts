import { z } from 'zod';
import { AppError } from '../../../errors.ts';
import { route } from '../../contract.ts';
import { exactText } from '../../schemas/text.ts';

const Valid = z.strictObject({
  valid: z.literal(true),
  user: z.strictObject({ id: z.guid(), username: z.string(), roles: z.array(z.string()) }),
});

const view = ({ id, username, roles }: { id: string; username: string; roles: string[] }): z.output<typeof Valid> => ({
  valid: true,
  user: { id, username, roles },
});

const path = '/api/auth/validate';

export const validate = route(
  {
    method: 'GET',
    path,
    tag: 'auth',
    summary: 'Check the access token (older path)',
    auth: 'required',
    responses: { 200: Valid },
  },
  async (_ctx, { viewer }) => ({ status: 200, body: view(viewer) }),
);

export const validateGiven = route(
  {
    method: 'POST',
    path,
    tag: 'auth',
    summary: 'Check the access token in the body, or else the one of the header (older path)',
    auth: 'optional',
    body: z.strictObject({ token: exactText(1, 4096).optional() }),
    responses: { 200: Valid, 401: 'The token is not valid, or there is none.' },
  },
  async (ctx, { body, viewer }) => {
    const holder = body.token === undefined ? viewer : await ctx.tokens.verify(body.token);
    if (!holder) throw new AppError('UNAUTHORIZED', 'there is no access token');
    return { status: 200, body: view(holder) };
  },
);
