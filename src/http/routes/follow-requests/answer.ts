import { z } from 'zod';
import { acceptFollowRequest, rejectFollowRequest } from '../../../features/social/follow-requests.ts';
import { route } from '../../contract.ts';
import { id } from '../../schemas/text.ts';

const shared = { method: 'POST', tag: 'social', auth: 'required', params: z.strictObject({ id }) } as const;
const unknown = 'You have no such request.';

export const accept = route(
  {
    ...shared,
    path: '/api/v1/follow-requests/:id/accept',
    summary: 'Let somebody follow you',
    responses: { 200: z.strictObject({ status: z.literal('accepted') }), 404: unknown },
  },
  async (ctx, { params, viewer }) => {
    await acceptFollowRequest(ctx, viewer.id, params.id);
    return { status: 200, body: { status: 'accepted' } };
  },
);

export const reject = route(
  {
    ...shared,
    path: '/api/v1/follow-requests/:id/reject',
    summary: 'Refuse a request to follow you',
    responses: { 200: z.strictObject({ status: z.literal('rejected') }), 404: unknown },
  },
  async (ctx, { params, viewer }) => {
    await rejectFollowRequest(ctx, viewer.id, params.id);
    return { status: 200, body: { status: 'rejected' } };
  },
);
