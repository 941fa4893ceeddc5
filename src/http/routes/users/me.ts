import { z } from 'zod';
import { getCurrentUser } from '../../../features/auth/current-user.ts';
import { updateProfile } from '../../../features/users/update-user.ts';
import { route } from '../../contract.ts';
import { displayName } from '../../schemas/auth.ts';
import { line, text, webAddress } from '../../schemas/text.ts';
import { Account, viewAccount } from '../../schemas/user.ts';

const path = '/api/v1/users/me';
const AccountReply = z.strictObject({ user: Account });

const ProfileChanges = z
  .strictObject({
    display_name: displayName.optional(),
    bio: text(0, 500).optional(),
    avatar_url: webAddress().nullable().optional(),
    location: line(0, 100)
      .transform((value) => value || null)
      .nullable()
      .optional(),
    is_private: z.boolean({ error: 'must be true or false' }).optional(),
  })
  .meta({ id: 'ProfileChanges', examples: [{ bio: 'Broken beats, mostly at night.', location: 'Lisbon' }] });

export const getMe = route(
  {
    method: 'GET',
    path,
    tag: 'users',
    summary: 'Your own account',
    auth: 'required',
    responses: { 200: AccountReply },
  },
  async (ctx, { viewer }) => ({ status: 200, body: { user: viewAccount(await getCurrentUser(ctx, viewer.id)) } }),
);

export const updateMe = route(
  {
    method: 'PUT',
    path,
    tag: 'users',
    summary: 'Change your profile; what is left out stays as it is',
    description:
      'Becoming private takes your posts out of the public listings and keeps your followers; becoming public lists them again and accepts whoever asked to follow you.',
    auth: 'required',
    body: ProfileChanges,
    responses: { 200: AccountReply },
  },
  async (ctx, { body, viewer }) => {
    const account = await updateProfile(ctx, viewer.id, {
      displayName: body.display_name,
      bio: body.bio,
      avatarUrl: body.avatar_url,
      location: body.location,
      isPrivate: body.is_private,
    });
    return { status: 200, body: { user: viewAccount(account) } };
  },
);
