import type { Prisma, PrismaClient } from './prisma/client.ts';

/** Prisma's client on an instrumented driver adapter: every query that goes through it has its span and its metric. */
export type Database = PrismaClient;
/** A database, or one transaction on it. */
export type Queryable = PrismaClient | Prisma.TransactionClient;

/** Milliseconds, for transactions that come at the end of much work, or wait for rows which others hold. */
export const PATIENT = { maxWait: 10_000, timeout: 15_000 } as const;
