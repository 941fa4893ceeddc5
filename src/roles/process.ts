import { closeLogging, log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/sdk.ts';
import type { Role } from './role.ts';

/** How long a process that is going down after a crash may take to send what it knows. */
const CRASH_FLUSH_MS = 2000;

/** Sends what is left of spans and log lines. In this order: shutting down tracing may have something to say. */
const flush = async (telemetry: Telemetry | undefined): Promise<void> => {
  await telemetry?.shutdown().catch((error: unknown) => log.warn('telemetry did not shut down cleanly', { error }));
  await closeLogging(CRASH_FLUSH_MS);
};

/** Ends the process after a start that failed: one line that says why. */
export const fail = async (error: unknown, telemetry: Telemetry | undefined): Promise<never> => {
  const reason = error instanceof Error ? error.message : String(error);
  log.error(`not started: ${reason}`, error instanceof Error && error.cause !== undefined ? { error } : {});
  await flush(telemetry);
  process.exit(1);
};

/**
 * Ends the process well on SIGTERM and SIGINT: the role finishes what runs, then spans and log lines are flushed.
 * A second signal ends it at once. An uncaught error is logged and flushed, and ends it with 1.
 */
export const exitOnSignal = (telemetry: Telemetry | undefined, timeout: number): { manage(role: Role): void } => {
  let role: Role | undefined;
  let ending = false;

  const end = async (code: number, limit: number): Promise<void> => {
    const expired = new Promise<void>((resolve) => setTimeout(resolve, limit).unref());
    if (role) await Promise.race([role.stop(), expired]);
    await Promise.race([flush(telemetry), expired]);
    process.exit(code);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending) process.exit(signal === 'SIGINT' ? 130 : 143);
    ending = true;
    log.info('stopping', { signal });
    // The role has its own limit for requests; this is for everything that comes after them.
    void end(0, timeout + 10_000);
  };
  const onCrash = (error: unknown): void => {
    log.error('crashed: an error was not handled', { error });
    if (ending) return;
    ending = true;
    void end(1, CRASH_FLUSH_MS);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  return {
    manage: (started) => {
      role = started;
      // The signal came while the role was still starting.
      if (ending) void end(0, timeout + 10_000);
    },
  };
};
