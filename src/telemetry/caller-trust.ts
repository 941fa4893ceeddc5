import { type Context, createContextKey } from '@opentelemetry/api';

// Apart from the sampler: the transport says whom it trusts also where tracing is off, and then loads no part of that.
const CALLER_TRUSTED = createContextKey('sidechain caller trusted');

/** Says whether the *sampled* flag of the remote caller in `ctx` counts. Its trace id always does. */
export const withCallerTrust = (ctx: Context, trusted: boolean): Context => ctx.setValue(CALLER_TRUSTED, trusted);

/** Whether the remote caller in `ctx` is trusted; one of whom nothing was said is not. */
export const isCallerTrusted = (ctx: Context): boolean => ctx.getValue(CALLER_TRUSTED) === true;
