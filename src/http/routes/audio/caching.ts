/**
 * What lies under the id of an upload never changes, but who may have it does: a post can become private. So it is kept
 * by the client itself and by no proxy, for an hour. Pages of other origins may show it: that is what it is for.
 */
export const KEPT_PRIVATELY = {
  'Cache-Control': 'private, max-age=3600',
  Vary: 'Authorization, Origin',
  'Cross-Origin-Resource-Policy': 'cross-origin',
} as const;
