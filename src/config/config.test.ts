import { expect, it } from 'vitest';
import { ConfigError, readConfig } from './index.ts';

it('has a default for everything that is not a server or a secret', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    PORT: 8787,
    METRICS_PORT: 9464,
    sampleRatio: 1,
    OTEL_ENABLED: true,
    OTEL_BSP_SCHEDULE_DELAY: 1000,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

it.each([
  ['--port=9000', { PORT: 9000 }],
  ['--port 9000', { PORT: 9000 }],
  ['--otel-enabled=false', { OTEL_ENABLED: false }],
  ['--cors-credentials', { CORS_CREDENTIALS: true }],
  ['--role api', { ROLES: ['api'] }],
  ['--otel-trace-sampler-rate=0.25', { sampleRatio: 0.25 }],
])('reads the flag %s, which wins over the environment', (flags, expected) => {
  expect(readConfig({ PORT: '1', OTEL_ENABLED: 'true' }, flags.split(' '))).toMatchObject(expected);
});

it.each([
  ['PORT', 'http', 'must be a whole number from 0 to 65535'],
  ['PORT', '65536', 'must be a whole number from 0 to 65535'],
  ['PORT', '-1', 'must be a whole number'],
  ['OTEL_TRACE_SAMPLER_RATE', '1.5', 'must be a number from 0 to 1'],
  ['OTEL_TRACE_SAMPLER_RATE', 'all', 'must be a number from 0 to 1'],
  ['OTEL_ENABLED', 'maybe', 'must be true or false'],
  ['OTEL_BSP_SCHEDULE_DELAY', '1 fortnight', 'must be a time such as'],
  // Whoever means seconds would have every upload taken for lost.
  ['AUDIO_LEASE', '15', 'must be a time such as 250ms, 10s or 1m, at least 1000ms'],
  ['LOG_FILE_MAX_BYTES', 'big', 'must be a size such as'],
  ['OTEL_USER_ATTRIBUTES', 'id,shoe size', 'must be some of id, roles, email, name'],
  ['LOG_LEVEL', 'loud', 'must be one of debug, info, warn, error'],
  ['TRUST_PROXY', 'true', 'must be false, a number of proxies, or addresses'],
  ['TRUST_PROXY', '10.0.0.0/33', 'must be false, a number of proxies, or addresses'],
  ['CORS_ORIGINS', 'https://app.example.com/', 'must be * or origins such as'],
  ['CORS_ORIGINS', 'app.example.com', 'must be * or origins such as'],
])('stops at %s=%s with one line that names it, the value and what is allowed', (name, value, allowed) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
  try {
    readConfig({ [name]: value });
  } catch (error) {
    const { message } = error as Error;
    expect(message).toContain(`${name}=${JSON.stringify(value)}: `);
    expect(message).toContain(allowed);
    expect(message).not.toContain('\n');
  }
});

it('does not show what may hold a password', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://user:hunter2@host/db' })).toThrow(
    'DATABASE_URL must be a URL that begins with postgres://',
  );
});

it.each([
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, 0.1],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1', OTEL_TRACE_SAMPLER_RATE: '0.1' }, 0.1],
])('understands the standard sampler %o', (env, ratio) => expect(readConfig(env).sampleRatio).toBe(ratio));

it.each([
  [
    { OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACE_SAMPLER_RATE: '0.1' },
    'in conflict with OTEL_TRACES_SAMPLER=always_on',
  ],
  [{ CORS_ORIGINS: '*', CORS_CREDENTIALS: 'true' }, 'not together with CORS_CREDENTIALS=true'],
  [{ S3_ENDPOINT: 'http://minio:9000' }, 'S3_ENDPOINT: only together with S3_BUCKET'],
  [{ S3_ACCESS_KEY_ID: 'me', S3_SECRET_ACCESS_KEY: 'mine' }, 'S3_ACCESS_KEY_ID: only together with S3_BUCKET'],
  [{ TRACE_VIEWER: 'true', OTEL_ENABLED: 'false' }, 'TRACE_VIEWER="true": not together with OTEL_ENABLED=false'],
  [{ TRACE_VIEWER_TEMPO_URL: 'https://tempo/explore' }, 'has {trace_id} in it'],
  [{ TRACE_VIEWER_LOKI_URL: 'javascript:alert("{trace_id}")' }, 'must be a URL that begins with http://'],
  [{ OTEL_LOGS_EXPORTER: 'otlp' }, 'only together with OTEL_EXPORTER_OTLP_ENDPOINT'],
])('refuses %o', (env, message) => expect(() => readConfig(env)).toThrow(message));

it.each(['--prot=9000', 'start', '-p'])('refuses %s, which is no flag', (argument) => {
  expect(() => readConfig({}, [argument])).toThrow(ConfigError);
});

it('takes an empty variable for one that is not set', () =>
  expect(readConfig({ PORT: '', REDIS_URL: ' ' }).PORT).toBe(8787));

it.each([
  ['false', false],
  ['2', 2],
  ['loopback, 10.0.0.0/8, 2001:db8::1', ['loopback', '10.0.0.0/8', '2001:db8::1']],
])('reads TRUST_PROXY=%s', (value, expected) =>
  expect(readConfig({ TRUST_PROXY: value }).TRUST_PROXY).toEqual(expected),
);

it.each([
  [{}, true],
  [{ OTEL_ENABLED: 'false' }, false],
  [{ TRACE_VIEWER: 'false' }, false],
  [{ NODE_ENV: 'test' }, false],
  [{ NODE_ENV: 'production' }, false],
  [{ NODE_ENV: 'production', TRACE_VIEWER: 'true' }, true],
])('has the trace viewer in development, and where asked for: %o', (env, expected) =>
  expect(readConfig(env).TRACE_VIEWER).toBe(expected),
);

it('takes a link with braces that mean nothing to us', () => {
  const link = 'http://localhost:3000/explore?left={"queries":[{"query":"{trace_id}"}]}';
  expect(readConfig({ TRACE_VIEWER_TEMPO_URL: link }).TRACE_VIEWER_TEMPO_URL).toBe(link);
});

it.each([
  [{}, 'private'],
  [{ OTEL_TRACE_TRUST: 'always', OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 'always'],
  [{ OTEL_TRACE_TRUST: 'always', OTEL_TRACES_SAMPLER: 'always_on' }, 'never'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }, 'never'],
])('follows a caller only with a parent-based sampler: %o', (env, trust) =>
  expect(readConfig(env).traceTrust).toBe(trust),
);
