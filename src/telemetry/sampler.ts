import { type Attributes, type Context, type Link, type SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import {
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { isCallerTrusted } from './caller-trust.ts';

/**
 * Parent-based sampling by trace id, except that the *sampled* flag of a caller who is not trusted is not looked at:
 * otherwise any stranger could make us keep every trace.
 */
export class TrustedParentSampler implements Sampler {
  readonly #ratio: number;
  readonly #byTraceId: TraceIdRatioBasedSampler;

  /** @param ratio share of traces kept, clamped to 0..1. */
  constructor(ratio: number) {
    this.#ratio = Math.min(1, Math.max(0, ratio));
    this.#byTraceId = new TraceIdRatioBasedSampler(this.#ratio);
  }

  shouldSample(
    ctx: Context,
    traceId: string,
    _name: string,
    _kind: SpanKind,
    _attributes: Attributes,
    _links: Link[],
  ): SamplingResult {
    const parent = trace.getSpanContext(ctx);
    if (parent && (!parent.isRemote || isCallerTrusted(ctx))) {
      const sampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
      return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    }
    return this.#byTraceId.shouldSample(ctx, traceId);
  }

  toString(): string {
    return `TrustedParent{TraceIdRatioBased{${this.#ratio}}}`;
  }
}
