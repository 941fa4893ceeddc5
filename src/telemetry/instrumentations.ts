import { createRequire } from 'node:module';
import { type Instrumentation, isWrapped } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PrismaInstrumentation } from '@prisma/instrumentation';
import { describeRedisCommand, describeRedisResponse } from './cache-spans.ts';
import type { SpanFilter } from './span-filter.ts';

const require = createRequire(import.meta.url);

/**
 * The instrumentations, shaped so that each adds what a person reads and no more:
 * express names routes (its layers are spans at `debug` only), ioredis makes the cache's spans, and Prisma's shows
 * models and methods at `debug`; its own query spans stay off because the driver adapter makes better ones.
 */
export const createInstrumentations = (filter: SpanFilter): Instrumentation[] => [
  new ExpressInstrumentation({
    ignoreLayersType: filter.express
      ? []
      : [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER, ExpressLayerType.REQUEST_HANDLER],
  }),
  new PrismaInstrumentation({
    ignoreSpanTypes: filter.prisma ? ['prisma:client:db_query'] : [/^prisma:/],
  }),
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
    express: isWrapped(express.application.use),
    ...(filter.cache ? { ioredis: isWrapped(ioredis.prototype.sendCommand) } : {}),
    prisma: prisma?.helper !== undefined,
  };
};
