import { parseArgs } from 'node:util';

/** What a stack consists of, in the order in which they are asked whether they are there. */
const SERVICES = {
  api: { title: 'API', variable: 'API_URL', url: 'http://localhost:8787', ready: '/health/ready' },
  metrics: { title: 'API metrics', variable: 'METRICS_URL', url: 'http://localhost:9464', ready: '/metrics' },
  prometheus: { title: 'Prometheus', variable: 'PROMETHEUS_URL', url: 'http://localhost:9090', ready: '/-/ready' },
  tempo: { title: 'Tempo', variable: 'TEMPO_URL', url: 'http://localhost:3200', ready: '/ready' },
  loki: { title: 'Loki', variable: 'LOKI_URL', url: 'http://localhost:3100', ready: '/ready' },
  grafana: { title: 'Grafana', variable: 'GRAFANA_URL', url: 'http://localhost:3000', ready: '/api/health' },
} as const;

export type ServiceName = keyof typeof SERVICES;

export interface Service {
  title: string;
  variable: string;
  url: string;
  /** A path that answers 200 once it can be used. */
  ready: string;
  /** Whether somebody said where it is: then it has to be there. */
  given: boolean;
}

export interface Options {
  services: Readonly<Record<ServiceName, Service>>;
  /** How long the load runs before the dashboards are asked. */
  loadSeconds: number;
  grafanaPassword: string;
}

const optionOf = (variable: string): string => variable.toLowerCase().replace('_', '-');

const USAGE = `usage: npm run test:stack -- [options]

Each option is also a variable of the environment.

  --load-seconds=60    how long people use the API before the dashboards are asked
${Object.values(SERVICES)
  .map(({ variable, url }) => `  --${optionOf(variable)}=${url}`)
  .join('\n')}

Grafana is asked as admin with GRAFANA_PASSWORD (admin). It may be missing, unless GRAFANA_URL says where it is.`;

/** Ends the process with 2 when the arguments are wrong, with 0 when they ask for help. */
export const readOptions = (env: NodeJS.ProcessEnv): Options => {
  const end = (words: string, code: number): never => {
    (code === 0 ? console.log : console.error)(words);
    process.exit(code);
  };
  const names = ['load-seconds', ...Object.values(SERVICES).map(({ variable }) => optionOf(variable))];
  const parse = (): Record<string, string | boolean | undefined> => {
    try {
      const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
      return parseArgs({ options: { ...options, help: { type: 'boolean' } } }).values;
    } catch (error) {
      return end(`test:stack: ${(error as Error).message}\n${USAGE}`, 2);
    }
  };
  const values = parse();
  if (values.help) end(USAGE, 0);
  const given = (variable: string): string | undefined => {
    const value = values[optionOf(variable)] ?? env[variable];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const serviceOf = (name: ServiceName): Service => {
    const { title, variable, url, ready } = SERVICES[name];
    const set = given(variable);
    if (set !== undefined && !URL.canParse(set)) end(`test:stack: ${variable}=${set}: must be a URL`, 2);
    return { title, variable, ready, url: (set ?? url).replace(/\/$/, ''), given: set !== undefined };
  };
  const loadSeconds = Number(given('LOAD_SECONDS') ?? 60);
  if (!(loadSeconds >= 10 && loadSeconds <= 3600)) end('test:stack: --load-seconds: must be from 10 to 3600', 2);
  return {
    services: {
      api: serviceOf('api'),
      metrics: serviceOf('metrics'),
      prometheus: serviceOf('prometheus'),
      tempo: serviceOf('tempo'),
      loki: serviceOf('loki'),
      grafana: serviceOf('grafana'),
    },
    loadSeconds,
    grafanaPassword: env.GRAFANA_PASSWORD ?? 'admin',
  };
};
