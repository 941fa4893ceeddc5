import { type Context, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { isCallerTrusted } from '../caller-trust.ts';
import { newTraceId } from './ids.ts';

/** How many values the digits have that are looked at: 52 bits are what a double holds exactly. */
const VALUES = 2 ** 52;

/**
 * Decides when a trace begins here, or arrives, whether it is one of the ordinary ones that are kept. A caller who is
 * trusted has decided already. For a trace that begins here its id decides: it is kept if the 56 bits that W3C Trace Context Level 2 calls random are under the ratio, as OpenTelemetry's consistent probability
 * sampling has it (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/).
 *
 * A stranger chooses the id, and would choose one that we keep, or send one that we kept again and again. So for theirs a lot is
 * drawn each time. Our services behind this one are told by the flag, since they trust it.
 */
export class HeadSampler {
  readonly #threshold: number;

  /** @param ratio share of traces kept, clamped to 0..1 */
  constructor(ratio: number) {
    this.#threshold = (1 - Math.min(1, Math.max(0, ratio))) * VALUES;
  }

  /** @param caller the parent that is no span of ours, if there is one; of this process unless it says it is remote. */
  isSampled(ctx: Context, traceId: string, caller: SpanContext | undefined): boolean {
    if (caller === undefined) return this.#isChosen(traceId);
    if (caller.isRemote !== true || isCallerTrusted(ctx)) return (caller.traceFlags & TraceFlags.SAMPLED) !== 0;
    return this.#isChosen(newTraceId());
  }

  #isChosen(hex: string): boolean {
    return Number.parseInt(hex.slice(-14, -1), 16) >= this.#threshold;
  }
}
