import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose client waits to be asked for the body: `Expect: 100-continue`. */
const waiting = new WeakSet<IncomingMessage>();

/** Notes that the client of `req` sends nothing before it is asked to. */
export const bodyAwaitsInvitation = (req: IncomingMessage): void => {
  waiting.add(req);
};

/**
 * Asks for the body where the client waits for that. Called when all that can be known without the body is found good,
 * so that whoever is refused has sent nothing in vain.
 */
export const inviteBody = (req: IncomingMessage, res: ServerResponse): void => {
  if (waiting.delete(req)) res.writeContinue();
};
