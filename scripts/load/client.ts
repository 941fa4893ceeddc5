import { setTimeout as sleep } from 'node:timers/promises';

/** Someone who is signed in. */
export interface Person {
  email: string;
  id: string;
  token: string;
}

export interface Account {
  email: string;
  username: string;
  password: string;
}

export interface Answer {
  status: number;
  /** Of a JSON body, else undefined. */
  body: unknown;
}

/** The API as a client uses it: requests that are counted. */
export interface Client {
  send(
    method: string,
    path: string,
    options?: { person?: Person | undefined; json?: unknown; body?: FormData },
  ): Promise<Answer>;
}

const TIMEOUT_MS = 30_000;

/** @param onAnswer hears of every request: what it was, how long it took in seconds; status 0 is none at all. */
export const createClient = (
  base: string,
  onAnswer: (method: string, path: string, status: number, seconds: number) => void,
): Client => ({
  send: async (method, path, { person, json, body } = {}) => {
    const began = performance.now();
    let status = 0;
    try {
      const response = await fetch(new URL(path, base), {
        method,
        headers: {
          'x-client-type': 'load',
          ...(person && { authorization: `Bearer ${person.token}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? body !== undefined && { body } : { body: JSON.stringify(json) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      status = response.status;
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return { status, body: isJson && text !== '' ? JSON.parse(text) : undefined };
    } catch {
      return { status, body: undefined };
    } finally {
      onAnswer(method, path, status, (performance.now() - began) / 1000);
    }
  },
});

const tokenIn = (answer: Answer): { token: string; user: { id: string } } | undefined =>
  (answer.body as { auth?: { token: string; user: { id: string } } } | undefined)?.auth;

/**
 * Logs in, and registers whoever is not there yet. Waits while the limit on log-ins says so.
 * @throws when the API is not there, or refuses.
 */
export const signIn = async (client: Client, account: Account, say: (line: string) => void): Promise<Person> => {
  const { email, username, password } = account;
  const attempts = [
    () => client.send('POST', '/api/v1/auth/login', { json: { email, password } }),
    () => client.send('POST', '/api/v1/auth/register', { json: { email, username, password, display_name: username } }),
  ];
  for (;;) {
    for (const attempt of attempts) {
      const answer = await attempt();
      const auth = tokenIn(answer);
      if (auth) return { email, id: auth.user.id, token: auth.token };
      if (answer.status === 0) throw new Error('the API does not answer');
      if (answer.status === 429) break;
      if (answer.status !== 401)
        throw new Error(`${username} cannot sign in: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    say(`signing in as ${username} waits for the limit on log-ins (10 a minute)`);
    await sleep(10_000);
  }
};
