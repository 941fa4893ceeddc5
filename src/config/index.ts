import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  byteSize,
  duration,
  endpoint,
  flag,
  integer,
  linkTemplate,
  list,
  oneOf,
  origins,
  proxies,
  ratio,
  text,
} from './values.ts';

const packageVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version;

/** The roles there are, and how each names itself in telemetry; a process with several has the name of the first. */
const SERVICE_NAMES = { api: 'sidechain-backend', 'audio-worker': 'audio-worker' } as const;
export type RoleName = keyof typeof SERVICE_NAMES;
const ROLE_NAMES = Object.keys(SERVICE_NAMES) as RoleName[];

/** Every variable there is, with its default. `.env.example` and the README's table are made from `description`s. */
export const VARIABLES = {
  NODE_ENV: oneOf(['development', 'test', 'production'])
    .default('development')
    .describe('development seeds a small world and invents its secrets; production demands them'),
  ROLES: list(ROLE_NAMES)
    .default([...ROLE_NAMES])
    .describe('which roles this process runs: api, audio-worker'),
  HOST: text().default('127.0.0.1').describe('address the API listens on; 0.0.0.0 in a container'),
  PORT: integer(0, 65535).default(8787).describe('port of the API'),
  METRICS_HOST: text().default('127.0.0.1').describe('address of the metrics port'),
  METRICS_PORT: integer(0, 65535).default(9464).describe('port of /metrics and, where the trace viewer is on, /traces'),
  DATA_DIR: text()
    .default('.data')
    .describe('where the embedded PostgreSQL, uploaded audio and development secrets live'),
  DATABASE_URL: endpoint(['postgres:', 'postgresql:'])
    .optional()
    .describe('a PostgreSQL (15 or later) of your own; none: the embedded one'),
  DATABASE_POOL_SIZE: integer(1, 1000).default(10).describe('connections of one process'),
  DATABASE_WAIT_SECONDS: integer(0, 3600).default(60).describe('how long a start waits for the database'),
  REDIS_URL: endpoint(['redis:', 'rediss:'])
    .optional()
    .describe('a Redis (7 or later); none: a cache inside the process'),
  TRUST_PROXY: proxies()
    .default(false)
    .describe('whose X-Forwarded-For counts: false, a number of hops, or addresses and subnets'),
  CORS_ORIGINS: origins().default([]).describe('origins that browsers may call from; * for all, without credentials'),
  CORS_CREDENTIALS: flag().default(false).describe('whether browsers may send credentials; refused together with *'),
  RATE_LIMIT_ENABLED: flag().default(true).describe('off for load tests'),
  REQUEST_TIMEOUT: duration().default(30_000).describe('how long a handler may take'),
  SHUTDOWN_TIMEOUT: duration().default(30_000).describe('how long running requests may take to finish after SIGTERM'),
  FEED_SOURCE_TIMEOUT: duration().default(250).describe('time budget of each source of the unified feed'),

  STORAGE_DIR: text().optional().describe('folder of the uploaded audio; audio in DATA_DIR by default'),
  S3_BUCKET: text().optional().describe('a bucket of an S3-compatible storage, instead of a folder'),
  S3_ENDPOINT: endpoint(['http:', 'https:']).optional().describe('where that storage is; none: Amazon'),
  S3_REGION: text().default('us-east-1').describe('region of the bucket'),
  S3_ACCESS_KEY_ID: text().optional().describe('who we are there; none: as the AWS SDK finds out by itself'),
  S3_SECRET_ACCESS_KEY: text().optional().describe('and its secret'),
  S3_FORCE_PATH_STYLE: flag().default(true).describe('bucket in the path, as most servers but Amazon want it'),
  FFMPEG_PATH: text().optional().describe('ffmpeg, with ffprobe beside it; none: the PATH, else the one from npm'),
  AUDIO_CONCURRENCY: integer(1, 64)
    .optional()
    .describe('uploads that one worker processes at once; as many as there are CPUs'),
  AUDIO_LEASE: duration(1000)
    .default(15_000)
    .describe('how long a worker may be silent before its uploads go to another'),
  AUDIO_RETRY_DELAY: duration().default(5000).describe('shortest wait before a second attempt; it doubles'),
  AUDIO_STAGE_TIMEOUT: duration().default(120_000).describe('how long one stage of the audio pipeline may take'),
  AUDIO_MAX_DURATION: duration().default(1_200_000).describe('longest audio that is taken'),
  AUDIO_WORK_DIR: text().optional().describe('folder of files in the making; work in DATA_DIR by default'),
  UPLOAD_TIMEOUT: duration().default(1_800_000).describe('how long an upload may take'),
  UPLOAD_IDLE_TIMEOUT: duration().default(30_000).describe('how long an upload may send nothing'),

  AUTH_SIGNING_KEY: text()
    .optional()
    .describe('Ed25519 private key of the access tokens, PKCS#8 PEM or its base64; invented in development'),
  APP_SECRET: text()
    .optional()
    .describe('at least 32 random characters: signs cursors, encrypts stored replies; invented in development'),

  OTEL_ENABLED: flag().default(true).describe('off: nothing of tracing is loaded, no hook, no cost'),
  OTEL_SERVICE_NAME: text()
    .optional()
    .describe('service.name; by role: sidechain-backend, or audio-worker where that runs alone'),
  OTEL_ENVIRONMENT: text()
    .optional()
    .describe('deployment.environment.name; as NODE_ENV says, development or production'),
  OTEL_EXPORTER_OTLP_ENDPOINT: text().optional().describe('host:port or URL of an OTLP/HTTP receiver; none: no export'),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(['http/json', 'http/protobuf'])
    .default('http/json')
    .describe('encoding of what is exported'),
  OTEL_EXPORTER_OTLP_HEADERS: text().optional().describe('name=value pairs sent with every export'),
  OTEL_EXPORTER_OTLP_TIMEOUT: duration().default(10_000).describe('how long one export may take'),
  OTEL_EXPORTER_OTLP_COMPRESSION: oneOf(['none', 'gzip']).default('none').describe('compression of what is exported'),
  OTEL_EXPORTER_OTLP_CERTIFICATE: text().optional().describe('file with the certificate authority of the receiver'),
  OTEL_TRACE_SAMPLER_RATE: ratio()
    .optional()
    .describe('share of traces kept, 0 to 1; 1 when neither this nor OTEL_TRACES_SAMPLER is given'),
  OTEL_TRACES_SAMPLER: oneOf([
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ])
    .optional()
    .describe('the standard name of the same choice'),
  OTEL_TRACES_SAMPLER_ARG: ratio().optional().describe('the standard ratio'),
  OTEL_TRACE_KEEP_ERRORS: flag().default(true).describe('traces with an error in them are kept whatever the rate'),
  OTEL_TRACE_KEEP_SLOWER_THAN_MS: integer(0, 86_400_000)
    .default(1000)
    .describe('and those of requests that take longer than so many milliseconds; 0: none for that'),
  OTEL_TRACE_TRUST: oneOf(['always', 'never', 'private'])
    .default('private')
    .describe('whose sampled flag counts: private is loopback and private addresses'),
  OTEL_SPAN_FILTER: text().default('info').describe('error, info or debug, or name=level pairs'),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(1, 1_000_000).default(8192).describe('spans waiting for export at most'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(1, 100_000).default(512).describe('spans in one export at most'),
  OTEL_BSP_SCHEDULE_DELAY: duration().default(1000).describe('how long spans are collected before an export'),
  OTEL_BSP_EXPORT_TIMEOUT: duration().default(10_000).describe('how long one try of a batch may take'),
  OTEL_LOGS_EXPORTER: oneOf(['none', 'otlp']).default('none').describe('otlp: logs also go to the receiver'),
  OTEL_USER_ATTRIBUTES: list(['id', 'roles', 'email', 'name'])
    .default(['id', 'roles'])
    .describe('what spans say about the user'),

  TRACE_VIEWER: flag()
    .optional()
    .describe('the trace viewer, at /traces of the metrics port, for this machine only; on in development'),
  TRACE_VIEWER_TEMPO_URL: linkTemplate()
    .optional()
    .describe('where its link to Tempo leads; {trace_id}, {from} and {to} (milliseconds since 1970) are filled in'),
  TRACE_VIEWER_LOKI_URL: linkTemplate().optional().describe("and its link to the trace's log lines in Loki"),

  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error']).default('info').describe('least severe level that is written'),
  LOG_FORMAT: oneOf(['json', 'pretty']).optional().describe('pretty on a terminal, else json'),
  LOG_FILE: text()
    .optional()
    .describe(
      'file that log lines are appended to, or none; {service} and {hostname} are filled in; logs/{service}.log by default',
    ),
  LOG_FILE_MAX_BYTES: byteSize()
    .default(64 * 1024 * 1024)
    .describe('size at which the file is rotated'),
  LOG_FILE_MAX_FILES: integer(1, 1000).default(5).describe('rotated files that are kept'),
} as const;

type Variables = z.output<z.ZodObject<typeof VARIABLES>>;

/** The configuration, frozen. Nobody else reads `process.env`. */
export type Config = Readonly<Omit<Variables, 'ROLES' | 'OTEL_SERVICE_NAME' | 'TRACE_VIEWER'>> & {
  readonly ROLES: readonly RoleName[];
  readonly OTEL_SERVICE_NAME: string;
  readonly OTEL_ENVIRONMENT: string;
  readonly TRACE_VIEWER: boolean;
  readonly version: string;
  /** Share of ordinary traces kept, whichever variable said it. */
  readonly sampleRatio: number;
  /** Whose *sampled* flag counts: nobody's with a sampler that is not parent-based. */
  readonly traceTrust: Variables['OTEL_TRACE_TRUST'];
};

/** What is wrong with the configuration: one line per variable, naming it, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** `--otel-enabled=false` and `--otel-enabled false` stand for `OTEL_ENABLED=false`; a flag without a value is `true`. */
const readFlags = (argv: readonly string[]): Record<string, string> => {
  const flags: Record<string, string> = {};
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i] ?? '';
    if (!argument.startsWith('--'))
      throw new ConfigError(`unknown argument ${JSON.stringify(argument)}: flags look like --port=8787`);
    const [name = '', inline] = argument.slice(2).split(/=(.*)/s);
    const variable = name === 'role' ? 'ROLES' : name.toUpperCase().replaceAll('-', '_');
    if (!(variable in VARIABLES))
      throw new ConfigError(`unknown flag --${name}: every variable of .env.example is a flag in lower case`);
    const next = argv[i + 1];
    if (inline !== undefined) flags[variable] = inline;
    else if (next !== undefined && !next.startsWith('--')) {
      flags[variable] = next;
      i += 1;
    } else flags[variable] = 'true';
  }
  return flags;
};

/**
 * Reads the configuration from the environment and the command line, which wins.
 * @throws ConfigError that says all that is wrong at once.
 */
export const readConfig = (env: NodeJS.ProcessEnv, argv: readonly string[] = []): Config => {
  const given = { ...env, ...readFlags(argv) };
  // An empty variable is one that is not set, as the OpenTelemetry specification has it.
  const present = Object.fromEntries(
    Object.keys(VARIABLES).flatMap((name) => {
      const value = given[name];
      return value === undefined || value.trim() === '' ? [] : [[name, value.trim()]];
    }),
  );
  const result = z.object(VARIABLES).safeParse(present);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const secret = /KEY|SECRET|URL|HEADERS/.test(name);
      return secret
        ? `${name} ${issue.message} (its value is not shown)`
        : `${name}=${JSON.stringify(present[name])}: ${issue.message}`;
    });
    throw new ConfigError(lines.join('\n'));
  }
  const variables = result.data;
  refuseContradictions(variables);
  // In the order of the table, whatever the order they were given in.
  const roles = ROLE_NAMES.filter((role) => variables.ROLES.includes(role));
  return Object.freeze({
    ...variables,
    ROLES: roles,
    OTEL_SERVICE_NAME: variables.OTEL_SERVICE_NAME ?? SERVICE_NAMES[roles[0] ?? 'api'],
    OTEL_ENVIRONMENT:
      variables.OTEL_ENVIRONMENT ?? (variables.NODE_ENV === 'production' ? 'production' : 'development'),
    TRACE_VIEWER: variables.TRACE_VIEWER ?? (variables.NODE_ENV === 'development' && variables.OTEL_ENABLED),
    version: packageVersion,
    sampleRatio: sampleRatio(variables, present),
    traceTrust: /^(always|traceid)/.test(variables.OTEL_TRACES_SAMPLER ?? '') ? 'never' : variables.OTEL_TRACE_TRUST,
  });
};

/** Values that make sense each by itself and none together. */
const refuseContradictions = (variables: Variables): void => {
  if (variables.PORT !== 0 && variables.PORT === variables.METRICS_PORT) {
    throw new ConfigError(`METRICS_PORT="${variables.METRICS_PORT}": must not be the same as PORT`);
  }
  if (variables.CORS_CREDENTIALS && variables.CORS_ORIGINS.includes('*')) {
    throw new ConfigError('CORS_ORIGINS="*": not together with CORS_CREDENTIALS=true; name the origins');
  }
  if (variables.ROLES.length === 0) {
    throw new ConfigError(`ROLES="": must be some of ${ROLE_NAMES.join(', ')}, separated by commas`);
  }
  if ((variables.S3_ACCESS_KEY_ID === undefined) !== (variables.S3_SECRET_ACCESS_KEY === undefined)) {
    throw new ConfigError('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: must be given together');
  }
  const stray = (['S3_ENDPOINT', 'S3_ACCESS_KEY_ID'] as const).find((name) => variables[name] !== undefined);
  if (stray !== undefined && variables.S3_BUCKET === undefined) {
    throw new ConfigError(`${stray}: only together with S3_BUCKET; without it audio lies in a folder`);
  }
  if (variables.TRACE_VIEWER && !variables.OTEL_ENABLED) {
    throw new ConfigError(
      'TRACE_VIEWER="true": not together with OTEL_ENABLED=false; then there are no traces to show',
    );
  }
  if (variables.OTEL_LOGS_EXPORTER === 'otlp' && variables.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) {
    throw new ConfigError(
      'OTEL_LOGS_EXPORTER="otlp": only together with OTEL_EXPORTER_OTLP_ENDPOINT; it says where to',
    );
  }
};

const sampleRatio = (variables: Variables, present: Record<string, string>): number => {
  const { OTEL_TRACE_SAMPLER_RATE: rate, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument } = variables;
  if (sampler === undefined) return rate ?? 1;
  const standard = sampler.endsWith('always_on') ? 1 : sampler.endsWith('always_off') ? 0 : (argument ?? 1);
  if (rate !== undefined && rate !== standard) {
    throw new ConfigError(
      `OTEL_TRACE_SAMPLER_RATE=${present.OTEL_TRACE_SAMPLER_RATE}: in conflict with OTEL_TRACES_SAMPLER=${sampler}, which means ${standard}; set one of them`,
    );
  }
  return standard;
};
