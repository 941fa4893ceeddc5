import { SEED_PASSWORD } from '../data/seed/development.ts';

/**
 * The three things to try next, for whoever has just typed `npm start`.
 * @param traced whether there are traces, and whether their viewer is on
 */
export const welcome = (url: string, metricsUrl: string, traced: { viewer: boolean } | undefined): void => {
  const second = traced?.viewer
    ? `See what that request did, span by span, with its queries and log lines. Open in a browser:
     ${metricsUrl}/traces`
    : `See how it was counted and timed${traced ? ' (TRACE_VIEWER=true shows what it did)' : ''}:
     curl -s ${metricsUrl}/metrics`;
  process.stdout.write(`
Sidechain listens on ${url}. Three things to try:

  1. Log in and read a feed:
     TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' \\
       -d '{"email":"alice@example.com","password":"${SEED_PASSWORD}"}' | grep -o '"token":"[^"]*' | cut -d'"' -f4)
     curl -si '${url}/api/v1/feed/unified?limit=3' -H "authorization: Bearer $TOKEN"
  2. ${second}
  3. Browse the API: ${url}/docs

`);
};
