import { createRequire } from 'node:module';
import { type Instrumentation, isWrapped } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PrismaInstrumentation } from '@prisma/instrumentation';
import type { SpanFilter, SpanFilterKind } from './span-filter.ts';

const require = createRequire(import.meta.url);

/**
 * The instrumentations of libraries whose spans someone wants to see. Each costs every request something, shown or not, and
 * what people want to see is there without: routes, queries and uses of the cache have spans that the product makes itself,
 * where the route, the rows or the key are known. So these are there for `debug`: express shows its layers, Prisma its models and
 * methods, ioredis each command.
 */
export const createInstrumentations = (filter: SpanFilter): Instrumentation[] => [
  ...(filter.express ? [new ExpressInstrumentation()] : []),
  ...(filter.prisma ? [new PrismaInstrumentation({ ignoreSpanTypes: ['prisma:client:db_query'] })] : []),
  // Keys hold user ids, and arguments whole feeds: no text, no attribute.
  ...(filter.redis
    ? [new IORedisInstrumentation({ dbStatementSerializer: () => undefined as unknown as string })]
    : []),
];

/** Those of the product itself, which take hold by being written that way. */
const BUILT_IN: readonly SpanFilterKind[] = ['db', 'cache', 'domain'];

/**
 * Loads the instrumented modules through `require`, where the instrumentations patch them; `import` finds the patched
 * ones in Node's cache afterwards. That takes the place of the ESM loader hook, which costs 40 MB.
 * @returns which instrumentation took hold.
 */
export const loadInstrumented = (filter: SpanFilter): Record<string, boolean> => {
  const active: Record<string, boolean> = { http: true };
  for (const kind of BUILT_IN) if (filter[kind]) active[kind] = true;
  if (filter.express) {
    const express = require('express') as { application: { use: unknown } };
    active.express = isWrapped(express.application.use);
  }
  if (filter.redis) {
    const ioredis = require('ioredis') as { prototype: { sendCommand: unknown } };
    active.ioredis = isWrapped(ioredis.prototype.sendCommand);
  }
  if (filter.prisma) {
    const prisma = (globalThis as { PRISMA_INSTRUMENTATION?: { helper?: unknown } }).PRISMA_INSTRUMENTATION;
    active.prisma = prisma?.helper !== undefined;
  }
  return active;
};
