/** One request that no honest client sends, and the status that it gets. */
export interface HostileCase {
  name: string;
  method: string;
  path: string;
  expected: number;
  /** Sent with alice's good token unless false. */
  auth?: boolean;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, as application/json unless `headers` say otherwise. */
  body?: string | Uint8Array;
}

const NUL = '\u0000';
const LONE = '\ud800';
const UNKNOWN_ID = '0197f3c0-0000-7000-8000-000000000000';
const SQL = "1'; DROP TABLE posts; --";
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const FEEDS = ['unified', 'timeline', 'global', 'trending'];

const feedQueries: [string, string][] = [
  ['limit zero', 'limit=0'],
  ['limit negative', 'limit=-5'],
  ['limit huge', 'limit=99999999999999999999'],
  ['limit a word', 'limit=ten'],
  ['limit a fraction', 'limit=1.5'],
  ['limit exponential', 'limit=1e2'],
  ['limit hexadecimal', 'limit=0x10'],
  ['limit with spaces', 'limit=%2010'],
  ['limit empty', 'limit='],
  ['limit twice', 'limit=10&limit=20'],
  ['limit as object', 'limit[a]=1'],
  ['limit NUL', 'limit=1%00'],
  ['offset negative', 'offset=-1'],
  ['offset huge', 'offset=100000000'],
  ['cursor garbage', 'cursor=%21%21%21'],
  ['cursor empty', 'cursor='],
  ['cursor plausible', 'cursor=eyJ2IjoxLCJ1IjoiYWRtaW4ifQ'],
  ['cursor SQL', `cursor=${encodeURIComponent(SQL)}`],
  ['cursor of 8 kB', `cursor=${'A'.repeat(8000)}`],
  ['cursor twice', 'cursor=a&cursor=b'],
  ['bpm_min a word', 'bpm_min=fast'],
  ['bpm_min infinite', 'bpm_min=Infinity'],
  ['bpm_min NaN', 'bpm_min=NaN'],
  ['bpm_min negative', 'bpm_min=-1'],
  ['bpm_min above bpm_max', 'bpm_min=140&bpm_max=90'],
  ['genre NUL', 'genre=%00'],
  ['an unknown parameter', 'limti=10'],
  ['prototype pollution', '__proto__=1'],
  ['constructor', 'constructor[prototype][admin]=1'],
];

const feeds: HostileCase[] = FEEDS.flatMap((feed) =>
  feedQueries.map(([name, query]) => ({
    name: `${feed}: ${name}`,
    method: 'GET',
    path: `/api/v1/feed/${feed}?${query}`,
    expected: 422,
  })),
);

const tokens: [string, string][] = [
  ['empty', ''],
  ['Bearer alone', 'Bearer'],
  ['another scheme', 'Basic YWxpY2U6cGFzc3dvcmQ='],
  ['not a token', 'Bearer abc'],
  ['two dots and nothing', 'Bearer ..'],
  [
    'alg none',
    `Bearer ${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"sub":"0197f3c0-0000-7000-8000-000000000000","roles":["ADMIN"],"exp":9999999999}').toString('base64url')}.`,
  ],
  ['alg HS256 with the public key', `Bearer ${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.c2ln`],
  [
    'a kid that is a path',
    `Bearer ${Buffer.from('{"alg":"EdDSA","kid":"../../etc/passwd"}').toString('base64url')}.e30.c2ln`,
  ],
  ['a kid that is SQL', `Bearer ${Buffer.from(`{"alg":"EdDSA","kid":"${SQL}"}`).toString('base64url')}.e30.c2ln`],
  ['crit', `Bearer ${Buffer.from('{"alg":"EdDSA","crit":["x"],"x":1}').toString('base64url')}.e30.c2ln`],
  ['a token of 12 kB', `Bearer ${'a'.repeat(12_000)}`],
  ['not base64', 'Bearer %%%.%%%.%%%'],
];
const authentication: HostileCase[] = [
  ...tokens.flatMap(([name, authorization]): HostileCase[] => [
    {
      name: `token: ${name}`,
      method: 'GET',
      path: '/api/v1/feed/unified',
      auth: false,
      headers: { authorization },
      expected: 401,
    },
    {
      name: `token on an optional route: ${name}`,
      method: 'GET',
      path: '/api/v1/feed/global',
      auth: false,
      headers: { authorization },
      expected: 401,
    },
  ]),
];

const REGISTER = '/api/v1/auth/register';
const good = {
  email: 'mallory@example.com',
  username: 'mallory',
  password: 'Correct-Horse-7!',
  display_name: 'Mallory',
};
const registration: [string, unknown][] = [
  ['no body', undefined],
  ['an array', []],
  ['a string', 'alice'],
  ['a number', 7],
  ['null', null],
  ['nothing in it', {}],
  ['email is an object', { ...good, email: { $gt: '' } }],
  ['email is an array', { ...good, email: ['a@example.com'] }],
  ['email without a host', { ...good, email: 'mallory@' }],
  ['email with a newline', { ...good, email: 'a@example.com\nBcc: b@example.com' }],
  ['email with NUL', { ...good, email: `a${NUL}@example.com` }],
  ['email of 10 kB', { ...good, email: `${'a'.repeat(10_000)}@example.com` }],
  ['username SQL', { ...good, username: SQL }],
  ['username NUL', { ...good, username: `mal${NUL}lory` }],
  ['username lone surrogate', { ...good, username: `mal${LONE}lory` }],
  ['username a path', { ...good, username: '../../etc' }],
  ['username empty', { ...good, username: '' }],
  ['username of 1 kB', { ...good, username: 'm'.repeat(1000) }],
  ['password short', { ...good, password: 'Ab1!' }],
  ['password common', { ...good, password: 'Password1!' }],
  ['password a number', { ...good, password: 12345678 }],
  ['password of 1 MB less a bit', { ...good, password: `Aa1!${'x'.repeat(900_000)}` }],
  ['password NUL', { ...good, password: `Correct-Horse-7!${NUL}` }],
  ['display name lone surrogate', { ...good, display_name: LONE }],
  ['display name empty', { ...good, display_name: '' }],
  ['roles smuggled in', { ...good, roles: ['ADMIN'] }],
  ['id smuggled in', { ...good, id: UNKNOWN_ID }],
];
const bodies: HostileCase[] = [
  ...registration.map(
    ([name, json]): HostileCase => ({
      name: `register: ${name}`,
      method: 'POST',
      path: REGISTER,
      auth: false,
      ...(json === undefined
        ? {}
        : typeof json === 'object' && json !== null
          ? { json }
          : { body: JSON.stringify(json) }),
      expected: json === 'alice' || json === 7 || json === null ? 400 : 422,
    }),
  ),
  { name: 'register: not JSON', method: 'POST', path: REGISTER, auth: false, body: '{"email":', expected: 400 },
  {
    name: 'register: own __proto__',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: `{"__proto__":{"admin":true},${JSON.stringify(good).slice(1)}`,
    expected: 422,
  },
  {
    name: 'register: constructor.prototype',
    method: 'POST',
    path: REGISTER,
    auth: false,
    json: { ...good, constructor: { prototype: { admin: true } } },
    expected: 422,
  },
  {
    name: 'register: 10,000 arrays deep',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: deep(10_000),
    expected: 422,
  },
  {
    name: 'register: 10,000 objects deep',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: nested(10_000),
    expected: 422,
  },
  {
    name: 'register: 10 MB',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: JSON.stringify({ ...good, bio: 'x'.repeat(10 << 20) }),
    expected: 413,
  },
  {
    name: 'register: text',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: 'email=a',
    headers: { 'content-type': 'text/plain' },
    expected: 415,
  },
  {
    name: 'register: a form',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: 'email=a',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    expected: 415,
  },
  {
    name: 'register: an unknown charset',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: '{}',
    headers: { 'content-type': 'application/json; charset=klingon' },
    expected: 415,
  },
  {
    name: 'register: an unknown encoding',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: '{}',
    headers: { 'content-type': 'application/json', 'content-encoding': 'zip' },
    expected: 415,
  },
  {
    name: 'register: gzip that is none',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: 'not gzip',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    expected: 400,
  },
  {
    name: 'register: not UTF-8',
    method: 'POST',
    path: REGISTER,
    auth: false,
    body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
    expected: 400,
  },
  {
    name: 'login: no such account',
    method: 'POST',
    path: '/api/v1/auth/login',
    auth: false,
    json: { email: 'nobody@example.com', password: 'x' },
    expected: 401,
  },
  {
    name: 'login: operators',
    method: 'POST',
    path: '/api/v1/auth/login',
    auth: false,
    json: { email: { $ne: null }, password: { $ne: null } },
    expected: 422,
  },
  {
    name: 'login: password NUL',
    method: 'POST',
    path: '/api/v1/auth/login',
    auth: false,
    json: { email: 'nobody@example.com', password: NUL },
    expected: 422,
  },
  {
    name: 'login: SQL',
    method: 'POST',
    path: '/api/v1/auth/login',
    auth: false,
    json: { email: "' OR 1=1 --", password: 'x' },
    expected: 422,
  },
  {
    name: 'refresh: garbage',
    method: 'POST',
    path: '/api/v1/auth/refresh',
    auth: false,
    json: { refresh_token: 'garbage' },
    expected: 401,
  },
  {
    name: 'refresh: a number',
    method: 'POST',
    path: '/api/v1/auth/refresh',
    auth: false,
    json: { refresh_token: 7 },
    expected: 422,
  },
  { name: 'refresh: nothing', method: 'POST', path: '/api/v1/auth/refresh', auth: false, json: {}, expected: 422 },
];

const POST = '/api/v1/feed/post';
const loop = { audio_url: 'https://cdn.example.com/a.mp3' };
const posting: [string, unknown][] = [
  ['no audio', {}],
  ['audio_url javascript', { audio_url: 'javascript:alert(1)' }],
  ['audio_url file', { audio_url: 'file:///etc/passwd' }],
  ['audio_url data', { audio_url: 'data:audio/mp3;base64,AAAA' }],
  ['audio_url of 100 kB', { audio_url: `https://cdn.example.com/${'a'.repeat(100_000)}` }],
  ['audio_url NUL', { audio_url: `https://cdn.example.com/${NUL}` }],
  ['audio_url a number', { audio_url: 7 }],
  ['audio_url with a password', { audio_url: 'https://user:pass@cdn.example.com/a.mp3' }],
  ['audio_id unknown', { audio_id: UNKNOWN_ID }],
  ['bpm negative', { ...loop, bpm: -120 }],
  ['bpm zero', { ...loop, bpm: 0 }],
  ['bpm 1e308', { ...loop, bpm: 1e308 }],
  ['bpm a string', { ...loop, bpm: '120' }],
  ['key unknown', { ...loop, key: 'H major' }],
  ['key a lone surrogate', { ...loop, key: LONE }],
  ['duration_bars a fraction', { ...loop, duration_bars: 1.5 }],
  ['duration_bars huge', { ...loop, duration_bars: 2 ** 53 }],
  ['genre a string', { ...loop, genre: 'house' }],
  ['genre of objects', { ...loop, genre: [{}] }],
  ['genre of 1,000', { ...loop, genre: Array.from({ length: 1000 }, (_, i) => `g${i}`) }],
  ['genre NUL', { ...loop, genre: [NUL] }],
  ['filename a path', { ...loop, filename: '../../etc/passwd' }],
  ['filename NUL', { ...loop, filename: `a${NUL}.mp3` }],
  ['visibility unknown', { ...loop, visibility: 'everyone' }],
  ['user_id smuggled in', { ...loop, user_id: UNKNOWN_ID }],
  ['like_count smuggled in', { ...loop, like_count: 1_000_000 }],
];
const posts: HostileCase[] = posting.map(([name, json]) => ({
  name: `post: ${name}`,
  method: 'POST',
  path: POST,
  json,
  expected: 422,
}));

const BAD_IDS: [string, string, number][] = [
  ['a word', 'nonsense', 422],
  ['unknown', UNKNOWN_ID, 404],
  ['SQL', encodeURIComponent(SQL), 422],
  ['NUL', '%00', 422],
  ['a path', '..%2f..%2fetc%2fpasswd', 422],
  ['bad percent', '%E0%A4%A', 400],
  ['of 5 kB', 'a'.repeat(5000), 422],
];
const POST_ROUTES: [string, string, unknown?][] = [
  ['GET', '/api/v1/posts/:id'],
  ['DELETE', '/api/v1/posts/:id'],
  ['POST', '/api/v1/posts/:id/like'],
  ['DELETE', '/api/v1/posts/:id/like'],
  ['POST', '/api/v1/posts/:id/repost'],
  ['POST', '/api/v1/posts/:id/save'],
  ['POST', '/api/v1/posts/:id/play', { duration: 1, completed: false }],
  ['GET', '/api/v1/posts/:id/comments'],
  ['POST', '/api/v1/posts/:id/comments', { body: 'hello' }],
  ['DELETE', '/api/v1/comments/:id'],
  ['PUT', '/api/v1/comments/:id', { body: 'hello' }],
  ['POST', '/api/v1/follow-requests/:id/accept'],
];
const ids: HostileCase[] = POST_ROUTES.flatMap(([method, path, json]) =>
  BAD_IDS.map(([name, id, expected]) => ({
    name: `${method} ${path}: id ${name}`,
    method,
    path: path.replace(':id', id),
    ...(json === undefined ? {} : { json }),
    expected,
  })),
);

const AUDIO_ROUTES = [
  '/api/v1/audio/:id',
  '/api/v1/audio/:id/stream',
  '/api/v1/audio/:id/waveform.svg',
  '/api/v1/audio/:id/waveform.json',
  '/api/v1/audio/status/:id',
  '/api/v1/audio/status/:id/events',
];
const audio: HostileCase[] = AUDIO_ROUTES.flatMap((path) =>
  BAD_IDS.map(([name, id, expected]) => ({
    name: `GET ${path}: id ${name}`,
    method: 'GET',
    path: path.replace(':id', id),
    expected,
  })),
);

const USER_ROUTES: [string, string][] = [
  ['GET', '/api/v1/users/:id/profile'],
  ['GET', '/api/v1/users/:id/posts'],
  ['GET', '/api/v1/users/:id/followers'],
  ['GET', '/api/v1/users/:id/following'],
  ['POST', '/api/v1/users/:id/follow'],
  ['DELETE', '/api/v1/users/:id/follow'],
  ['POST', '/api/v1/users/:id/mute'],
];
const users: HostileCase[] = USER_ROUTES.flatMap(([method, path]) => [
  { name: `${method} ${path}: unknown`, method, path: path.replace(':id', UNKNOWN_ID), expected: 404 },
  { name: `${method} ${path}: unknown name`, method, path: path.replace(':id', 'nobody_at_all'), expected: 404 },
  { name: `${method} ${path}: bad percent`, method, path: path.replace(':id', '%ff'), expected: 400 },
]);

const rest: HostileCase[] = [
  { name: 'upload: JSON', method: 'POST', path: '/api/v1/audio/upload', json: { audio: 'x' }, expected: 415 },
  {
    name: 'upload: no boundary',
    method: 'POST',
    path: '/api/v1/audio/upload',
    body: 'x',
    headers: { 'content-type': 'multipart/form-data' },
    expected: 400,
  },
  {
    name: 'stream: a format that is none',
    method: 'GET',
    path: `/api/v1/audio/${UNKNOWN_ID}/stream?format=exe`,
    expected: 422,
  },
  {
    name: 'stream: format twice',
    method: 'GET',
    path: `/api/v1/audio/${UNKNOWN_ID}/stream?format=aac&format=mp3`,
    expected: 422,
  },
  { name: 'audio: a path in the id', method: 'GET', path: '/api/v1/audio/..%2f..%2fsource.wav/stream', expected: 422 },
  { name: 'audio: the folder itself', method: 'GET', path: '/api/v1/audio/', expected: 404 },
  {
    name: 'profile: a bio of 100 kB',
    method: 'PUT',
    path: '/api/v1/users/me',
    json: { bio: 'x'.repeat(100_000) },
    expected: 422,
  },
  { name: 'profile: roles', method: 'PUT', path: '/api/v1/users/me', json: { roles: ['ADMIN'] }, expected: 422 },
  {
    name: 'profile: is_private a string',
    method: 'PUT',
    path: '/api/v1/users/me',
    json: { is_private: 'yes' },
    expected: 422,
  },
  {
    name: 'profile: avatar javascript',
    method: 'PUT',
    path: '/api/v1/users/me',
    json: { avatar_url: 'javascript:alert(1)' },
    expected: 422,
  },
  { name: 'follow oneself', method: 'POST', path: '/api/v1/users/alice/follow', expected: 422 },
  { name: 'search users: nothing', method: 'GET', path: '/api/v1/search/users', expected: 422 },
  { name: 'search users: NUL', method: 'GET', path: '/api/v1/search/users?q=%00', expected: 422 },
  { name: 'search users: twice', method: 'GET', path: '/api/v1/search/users?q=a&q=b', expected: 422 },
  { name: 'search users: 10 kB', method: 'GET', path: `/api/v1/search/users?q=${'a'.repeat(10_000)}`, expected: 422 },
  { name: 'search posts: nothing', method: 'GET', path: '/api/v1/search/posts', expected: 422 },
  { name: 'search posts: NUL', method: 'GET', path: '/api/v1/search/posts?q=a%00', expected: 422 },
  {
    name: 'search posts: bpm upside down',
    method: 'GET',
    path: '/api/v1/search/posts?bpm_min=200&bpm_max=100',
    expected: 422,
  },
  { name: 'search posts: bpm a word', method: 'GET', path: '/api/v1/search/posts?bpm_min=fast', expected: 422 },
  { name: 'an unknown route', method: 'GET', path: '/api/v1/nothing', expected: 404 },
  { name: 'a path with a bad percent', method: 'GET', path: '/api/v1/%zz', expected: 404 },
  { name: 'up and away', method: 'GET', path: '/docs/..%2f..%2fpackage.json', expected: 404 },
  { name: 'an old path that is none', method: 'GET', path: '/api/auth/users', expected: 404 },
  { name: 'the wrong method', method: 'DELETE', path: '/api/v1/feed/unified', expected: 405 },
  { name: 'PATCH on a post', method: 'PATCH', path: `/api/v1/posts/${UNKNOWN_ID}`, expected: 405 },
  { name: 'GET on register', method: 'GET', path: REGISTER, expected: 405 },
  {
    name: 'an idempotency key of 10 kB',
    method: 'POST',
    path: POST,
    json: loop,
    headers: { 'idempotency-key': 'k'.repeat(9000) },
    expected: 422,
  },
  {
    name: 'SQL in a header',
    method: 'GET',
    path: '/api/v1/feed/unified?limit=0',
    headers: { 'x-request-id': SQL },
    expected: 422,
  },
];

export const HOSTILE_CASES: readonly HostileCase[] = [
  ...feeds,
  ...authentication,
  ...bodies,
  ...posts,
  ...audio,
  ...ids,
  ...users,
  ...rest,
];
