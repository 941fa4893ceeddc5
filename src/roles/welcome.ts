import { SEED_PASSWORD } from '../data/seed/development.ts';

/** The three things to try next, for whoever has just typed `npm start`. */
export const welcome = (url: string, metricsUrl: string): void => {
  process.stdout.write(`
Sidechain listens on ${url}. Three things to try:

  1. Log in and read a feed:
     TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' \\
       -d '{"email":"alice@example.com","password":"${SEED_PASSWORD}"}' | grep -o '"token":"[^"]*' | cut -d'"' -f4)
     curl -si '${url}/api/v1/feed/unified?limit=3' -H "authorization: Bearer $TOKEN"
  2. See what that request did, span by span (its trace id is in the traceparent header):
     curl -s ${metricsUrl}/traces
  3. Browse the API: ${url}/docs

`);
};
