import { closeLogging, log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/sdk.ts';

/** What runs in this process, and can be asked to end well. */
interface Stoppable {
  stop(): Promise<void>;
}

/** Milliseconds for each step of the end. */
interface Limits {
  /** For the role to finish what runs. */
  role: number;
  /** For spans to be sent. */
  spans: number;
  /** For log lines to be written. */
  lines: number;
}

/** A process that goes down after a crash takes 2 s at most, and most of them for saying why. */
const AFTER_A_CRASH: Limits = { role: 500, spans: 1000, lines: 500 };
/** Spans get a little longer than their own limit, so that what is lost can still be counted and told. */
const UNHURRIED = { spans: 6000, lines: 2000 };
/** Ctrl-C under npm arrives twice: the terminal signals every process, and npm passes its own on. */
const SAME_SIGNAL_MS = 1000;

const within = (milliseconds: number, work: Promise<void> | undefined): Promise<void> =>
  Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, milliseconds))]);

/** Sends what is left of spans and log lines. In this order: shutting down tracing may have something to say. */
const flush = async (telemetry: Telemetry | undefined, limits: Omit<Limits, 'role'>): Promise<void> => {
  const sent = telemetry
    ?.shutdown()
    .catch((error: unknown) => log.warn('telemetry did not shut down cleanly', { error }));
  await within(limits.spans, sent);
  await closeLogging(limits.lines);
};

/** Ends the process after a start that failed: one line that says why. */
export const fail = async (error: unknown, telemetry: Telemetry | undefined): Promise<never> => {
  const reason = error instanceof Error ? error.message : String(error);
  log.error(`not started: ${reason}`, error instanceof Error && error.cause !== undefined ? { error } : {});
  await flush(telemetry, UNHURRIED);
  process.exit(1);
};

/**
 * Ends the process well on SIGTERM and SIGINT: the role finishes what runs, then spans and log lines are flushed.
 * A second signal, a second later or more, ends it at once. An uncaught error is logged and flushed, and ends it with 1.
 */
export const exitOnSignal = (telemetry: Telemetry | undefined, timeout: number): { manage(role: Stoppable): void } => {
  let role: Stoppable | undefined;
  let ending = false;
  let signalledAt = 0;

  // The role has its own limit for requests; this is for everything that comes after them.
  const unhurried = { role: timeout + 10_000, ...UNHURRIED };
  const end = async (code: number, limits: Limits): Promise<void> => {
    await within(limits.role, role?.stop());
    await flush(telemetry, limits);
    process.exit(code);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ending && Date.now() - signalledAt < SAME_SIGNAL_MS) return;
    if (ending) process.exit(signal === 'SIGINT' ? 130 : 143);
    ending = true;
    signalledAt = Date.now();
    log.info('stopping', { signal });
    void end(0, unhurried);
  };
  const onCrash = (error: unknown): void => {
    log.error('crashed: an error was not handled', { error });
    if (ending) return;
    ending = true;
    void end(1, AFTER_A_CRASH);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  return {
    manage: (started) => {
      role = started;
      // The signal came while the role was still starting.
      if (ending) void end(0, unhurried);
    },
  };
};
