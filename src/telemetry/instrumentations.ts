import { createRequire } from 'node:module';
import { type Instrumentation, isWrapped } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PrismaInstrumentation } from '@prisma/instrumentation';
import { describeRedisCommand, describeRedisResponse } from './cache-spans.ts';
import type { SpanFilter } from './span-filter.ts';

const require = createRequire(import.meta.url);

/**
 * The instrumentations whose spans someone wants to see; each costs every request something, shown or not. ioredis
 * makes the cache's spans. Express shows its layers and Prisma models and methods at `debug` only: routes are named by
 * the middleware, and the driver adapter makes better spans of queries.
 */
export const createInstrumentations = (filter: SpanFilter): Instrumentation[] => [
  ...(filter.express ? [new ExpressInstrumentation()] : []),
  ...(filter.prisma ? [new PrismaInstrumentation({ ignoreSpanTypes: ['prisma:client:db_query'] })] : []),
  ...(filter.cache
    ? [
        new IORedisInstrumentation({
          // The keys hold user ids: the masked key of the hook takes the text's place. No text, no attribute: an
          // empty one would still be there.
          dbStatementSerializer: () => undefined as unknown as string,
          requestHook: describeRedisCommand,
          responseHook: describeRedisResponse,
        }),
      ]
    : []),
];

/**
 * Loads the instrumented modules through `require`, where the instrumentations patch them; `import` finds the patched
 * ones in Node's cache afterwards. That takes the place of the ESM loader hook, which costs 40 MB.
 * @returns which instrumentation took hold.
 */
export const loadInstrumented = (filter: SpanFilter): Record<string, boolean> => {
  const express = require('express') as { application: { use: unknown } };
  const ioredis = require('ioredis') as { prototype: { sendCommand: unknown } };
  const prisma = (globalThis as { PRISMA_INSTRUMENTATION?: { helper?: unknown } }).PRISMA_INSTRUMENTATION;
  return {
    ...(filter.express ? { express: isWrapped(express.application.use) } : {}),
    ...(filter.cache ? { ioredis: isWrapped(ioredis.prototype.sendCommand) } : {}),
    ...(filter.prisma ? { prisma: prisma?.helper !== undefined } : {}),
  };
};
