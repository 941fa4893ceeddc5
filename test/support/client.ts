import { noteSecrets } from './secrets.ts';

/** A person who uses the API over HTTP. */
export interface Person {
  id: string;
  username: string;
  token: string;
  refreshToken: string;
  fetch(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
}

export const PASSWORD = 'Correct-Horse-7!';

let people = 0;

const newName = (): string => {
  people += 1;
  return `person${people}_${process.pid}`;
};

/** Calls the API of `base`; `json` becomes the body. */
export const call = (base: string, path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> => {
  const { json, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (json !== undefined) headers.set('content-type', 'application/json');
  return fetch(new URL(path, base), {
    ...rest,
    headers,
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
};

/** Registers someone new. */
export const register = async (base: string, name = newName()): Promise<Person> => {
  const response = await call(base, '/api/v1/auth/register', {
    method: 'POST',
    json: { email: `${name}@example.com`, username: name, password: PASSWORD, display_name: name },
  });
  if (response.status !== 201) throw new Error(`register: ${response.status} ${await response.text()}`);
  const { auth } = (await response.json()) as { auth: { token: string; refresh_token: string; user: { id: string } } };
  noteSecrets(PASSWORD, auth.token, auth.refresh_token);
  return {
    id: auth.user.id,
    username: name,
    token: auth.token,
    refreshToken: auth.refresh_token,
    fetch: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${auth.token}`);
      return call(base, path, { ...init, headers });
    },
  };
};

/** Posts a loop. @returns its id */
export const post = async (person: Person, fields: Record<string, unknown> = {}): Promise<string> => {
  const response = await person.fetch('/api/v1/feed/post', {
    method: 'POST',
    json: { audio_url: 'https://cdn.example.com/loops/a.mp3', bpm: 120, genre: ['house'], ...fields },
  });
  if (response.status !== 201) throw new Error(`post: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { post_id: string }).post_id;
};
