// The preload of the peer: @opentelemetry/auto-instrumentations-node with its defaults, in a program of ES modules.
import { register } from 'node:module';
import { NoopContextManager } from '../../node_modules/@opentelemetry/api/dist/context/NoopContextManager.mjs';
import { context, ProxyTracerProvider, propagation, trace } from '../../node_modules/@opentelemetry/api/dist/index.mjs';

// Whoever uses the API finds the SDK through a global. The product's own copy of it is kept from the peer's: the
// product's spans are off, as they are wherever tracing is off, and the peer pays for its own alone.
const off = { tracers: new ProxyTracerProvider(), contexts: new NoopContextManager() };
const propagator = propagation._getGlobalPropagator();
trace.getTracerProvider = () => off.tracers;
context._getContextManager = () => off.contexts;
propagation._getGlobalPropagator = () => propagator;

// Without this hook nothing that is imported would be instrumented.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
// Resolved here: it is installed when the benchmark first needs it.
await import(import.meta.resolve('@opentelemetry/auto-instrumentations-node/register'));
