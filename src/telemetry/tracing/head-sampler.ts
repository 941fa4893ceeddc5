import { hash } from 'node:crypto';
import { type Context, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { isCallerTrusted } from '../caller-trust.ts';

/** How many values the digits have that are looked at: 52 bits are what a double holds exactly. */
const VALUES = 2 ** 52;

/**
 * Decides when a trace begins here, or arrives, whether it is one of the ordinary ones that are kept. A caller who is
 * trusted has decided already. Otherwise the trace id decides, the same way in every service: the trace is kept if the
 * 56 bits that W3C Trace Context Level 2 calls random are under the ratio, as OpenTelemetry's consistent probability
 * sampling has it (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/).
 *
 * A stranger may choose that id, and would choose ones that we keep. So theirs are first hashed with a secret that all
 * of our services share, which nobody outside can aim at.
 */
export class HeadSampler {
  readonly #threshold: number;
  readonly #secret: string;

  /**
   * @param ratio share of traces kept, clamped to 0..1
   * @param secret what strangers do not know and all instances share
   */
  constructor(ratio: number, secret: string) {
    this.#threshold = (1 - Math.min(1, Math.max(0, ratio))) * VALUES;
    this.#secret = hash('sha256', `head sampling ${secret}`, 'hex');
  }

  /** @param caller the parent that is no span of ours, if there is one; of this process unless it says it is remote. */
  isSampled(ctx: Context, traceId: string, caller: SpanContext | undefined): boolean {
    if (caller === undefined) return this.#isChosen(traceId);
    if (caller.isRemote !== true || isCallerTrusted(ctx)) return (caller.traceFlags & TraceFlags.SAMPLED) !== 0;
    return this.#isChosen(hash('sha256', this.#secret + traceId, 'hex'));
  }

  #isChosen(hex: string): boolean {
    return Number.parseInt(hex.slice(-14, -1), 16) >= this.#threshold;
  }
}
