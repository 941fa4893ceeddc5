import { plainCopy } from './logging/plain.ts';

export { redactText } from './secrets-in-text.ts';

/**
 * A copy of `fields` that can be shown: plain JSON values only, bounded in depth and size, no secret under a name
 * that says so nor inside a text. Never throws, whatever is in there.
 */
export const redactFields = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => plainCopy(fields);
