import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Product, type ProductOptions, startProduct } from './product.ts';

/** How the product's tracing is set up. */
export interface Variant {
  env: Readonly<Record<string, string>>;
  preload?: string;
}

const PEER = fileURLToPath(new URL('../peer', import.meta.url));

/** Ours as in production: everything goes to `endpoint`, as protobuf and compressed. @param rate share of traces kept */
export const traced = (endpoint: string, rate: number): Variant => ({
  env: {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_TRACE_SAMPLER_RATE: String(rate),
  },
});

/** Everything recorded and sent nowhere. @param viewer hold the last traces for the trace viewer, which nobody looks at */
export const recorded = (viewer: boolean): Variant => ({
  env: { OTEL_TRACE_SAMPLER_RATE: '1', TRACE_VIEWER: String(viewer) },
});

export const untraced: Variant = { env: { OTEL_ENABLED: 'false' } };

/** The same program with ours off, under the stock instrumentation with its defaults. @param env changes to those */
export const peer = (endpoint: string, env: Record<string, string> = {}): Variant => ({
  preload: `${PEER}/register.mjs`,
  env: {
    OTEL_ENABLED: 'false',
    OTEL_SERVICE_NAME: 'sidechain-backend',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    ...env,
  },
});

/** Installs the peer, which is no dependency of the product, in a folder of its own. */
export const installPeer = (say: (line: string) => void): void => {
  if (existsSync(`${PEER}/node_modules`)) return;
  say('installing the peer in bench/peer');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PEER, stdio: ['ignore', 'ignore', 'inherit'] });
};

export const startVariant = (
  { env, preload }: Variant,
  options: Pick<ProductOptions, 'world' | 'profileTo'>,
): Promise<Product> => startProduct({ ...options, env, ...(preload === undefined ? {} : { preload }) });
