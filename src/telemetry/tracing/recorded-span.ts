import {
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { newSpanId } from './ids.ts';
import type { LocalTrace } from './local-trace.ts';
import {
  attributesLength,
  collectAttributes,
  lastValues,
  MAX_ATTRIBUTES,
  mayBeTooMany,
  visitAttributes,
} from './span-attributes.ts';
import { exceptionAttributes, TimedEvent } from './span-events.ts';
import { fromTimeInput, toHrTime } from './span-time.ts';

/** Events and links of one span at most, as the OpenTelemetry specification has it. */
const LIMIT = 128;

const UNSET: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });

/** What exporters read, with a parent that may be there and undefined. */
type Readable = Omit<ReadableSpan, 'parentSpanContext'> & { readonly parentSpanContext: SpanContext | undefined };

const NO_EVENTS: TimedEvent[] = [];
const NO_LINKS: Link[] = [];

/**
 * A span that is cheap until someone wants to see it: most traces of a low sampling rate are thrown away, so that
 * ids, times and attributes are put into the shape of the API (`ReadableSpan` of the SDK) when they are first read.
 * The attributes that it starts with become its own: whoever gives them does not change them any more.
 */
export class RecordedSpan implements Span, Readable {
  readonly trace: LocalTrace;
  readonly kind: SpanKind;
  readonly scope: InstrumentationScope;
  name: string;
  status: SpanStatus = UNSET;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds since 1970; 0 until it has ended. */
  endedAt = 0;
  /** In this process. */
  readonly parent: RecordedSpan | undefined;
  readonly #remote: SpanContext | undefined;
  #given: Attributes | undefined;
  #describe: (() => Attributes) | undefined;
  /** Names and values in turn, as they were set. */
  #set: unknown[] | undefined;
  /** Attributes that there was no room for, even before they were looked at. */
  #refused = 0;
  #attributes: Attributes | undefined;
  #context: SpanContext | undefined;
  #events: TimedEvent[] | undefined;
  #links: Link[] | undefined;
  #droppedEvents = 0;
  #droppedLinks = 0;
  #droppedAttributes = 0;

  /** @param remote the caller's context, for a local root; `parent` for any other span. */
  constructor(
    trace: LocalTrace,
    scope: InstrumentationScope,
    name: string,
    options: SpanOptions,
    parent: RecordedSpan | undefined,
    remote: SpanContext | undefined,
  ) {
    this.trace = trace;
    this.scope = scope;
    this.name = name;
    this.kind = options.kind ?? 0;
    this.#given = options.attributes;
    this.parent = parent;
    this.#remote = remote;
    if (options.links) this.addLinks(options.links);
    this.startedAt =
      options.startTime === undefined
        ? performance.now() + trace.clockOffset
        : fromTimeInput(options.startTime, trace.clockOffset);
    trace.root ??= this;
    trace.keeper.spanStarted(this);
  }

  /** Whether it stands for the whole request or job in this process. */
  get isLocalRoot(): boolean {
    return this.parent === undefined;
  }

  get ended(): boolean {
    return this.endedAt !== 0;
  }

  get failed(): boolean {
    return this.status.code === SpanStatusCode.ERROR;
  }

  spanContext(): SpanContext {
    this.#context ??= {
      traceId: this.trace.traceId,
      spanId: newSpanId(),
      traceFlags: this.trace.flags,
      ...(this.trace.state && { traceState: this.trace.state }),
    };
    return this.#context;
  }

  get parentSpanContext(): SpanContext | undefined {
    return this.parent?.spanContext() ?? this.#remote;
  }

  isRecording(): boolean {
    return this.trace.recording && this.endedAt === 0;
  }

  /**
   * Attributes that are only worked out if the span is kept, at its end. What was set, or given at its start, has
   * precedence. `describe` must not throw.
   */
  describeWith(describe: () => Attributes): this {
    if (this.isRecording()) this.#describe = describe;
    return this;
  }

  /** Works out what was left for later, and lets go of what that needs: called when it is certain that the span is kept. */
  settle(): void {
    if (this.#describe === undefined) return;
    this.#attributes = undefined;
    this.#given = { ...this.#describe(), ...this.#given };
    this.#describe = undefined;
  }

  setAttribute(name: string, value: AttributeValue): this {
    if (!this.isRecording()) return this;
    this.#attributes = undefined;
    if (this.#set === undefined) this.#set = [name, value];
    else {
      // More than the limit, since a name may be set again and again: each counts once in the end.
      if (this.#set.length >= 4 * MAX_ATTRIBUTES) this.#set = lastValues(this.#set);
      if (this.#set.length < 4 * MAX_ATTRIBUTES) this.#set.push(name, value);
      else this.#refused += 1;
    }
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const name of Object.keys(attributes)) this.setAttribute(name, attributes[name] as AttributeValue);
    return this;
  }

  get attributes(): Attributes {
    if (this.#attributes === undefined) {
      const { attributes, dropped } = collectAttributes(this.#given, this.#set);
      this.#attributes = attributes;
      this.#droppedAttributes = this.#refused + dropped;
    }
    return this.#attributes;
  }

  /** Calls `visit` with each attribute, without making an object of them. */
  forEachAttribute(visit: (name: string, value: AttributeValue) => void): void {
    visitAttributes(this.#given, this.#set, visit);
  }

  /** About how many characters its attributes and events hold on to; making none of what is made when it is read. */
  get textLength(): number {
    let length = attributesLength(this.#given, this.#set);
    if (this.#events !== undefined) {
      for (const event of this.#events)
        length += 50 + event.name.length + attributesLength(event.attributes, undefined);
    }
    if (this.#links !== undefined) {
      for (const link of this.#links) length += 100 + attributesLength(link.attributes, undefined);
    }
    return length;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const isTime =
      typeof attributesOrTime === 'number' || attributesOrTime instanceof Date || Array.isArray(attributesOrTime);
    const at = isTime ? (attributesOrTime as TimeInput) : time;
    this.#events ??= [];
    if (this.#events.length >= LIMIT) {
      this.#events.shift();
      this.#droppedEvents += 1;
    }
    const attributes = isTime ? {} : ((attributesOrTime as Attributes | undefined) ?? {});
    const when = at === undefined ? this.#now() : fromTimeInput(at, this.trace.clockOffset);
    this.#events.push(new TimedEvent(name, when, attributes));
    return this;
  }

  /** The semantic conventions for exceptions: an event `exception` with type, message and stack. */
  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception);
    if (attributes) this.addEvent('exception', attributes, time);
  }

  addLink(link: Link): this {
    if (!this.isRecording()) return this;
    this.#links ??= [];
    if (this.#links.length < LIMIT) this.#links.push(link);
    else this.#droppedLinks += 1;
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** As the specification has it: `OK` is final, and nothing becomes `UNSET` again. */
  setStatus(status: SpanStatus): this {
    if (!this.isRecording() || status.code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) {
      return this;
    }
    this.status =
      status.code === SpanStatusCode.ERROR && status.message !== undefined
        ? { code: status.code, message: status.message }
        : { code: status.code };
    return this;
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  /** A second call changes nothing. */
  end(time?: TimeInput): void {
    if (this.endedAt !== 0) return;
    const now = time === undefined ? this.#now() : fromTimeInput(time, this.trace.clockOffset);
    // Given times may contradict each other; no span has a negative duration, and 0 stands for none.
    this.endedAt = Math.max(now, this.startedAt, Number.MIN_VALUE);
    this.trace.keeper.spanEnded(this);
  }

  #now(): number {
    return performance.now() + this.trace.clockOffset;
  }

  get resource(): Resource {
    return this.trace.keeper.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.scope;
  }

  get startTime(): HrTime {
    return toHrTime(this.startedAt);
  }

  get endTime(): HrTime {
    return toHrTime(this.endedAt);
  }

  get duration(): HrTime {
    return toHrTime(Math.max(0, this.endedAt - this.startedAt));
  }

  get events(): TimedEvent[] {
    return this.#events ?? NO_EVENTS;
  }

  get links(): Link[] {
    return this.#links ?? NO_LINKS;
  }

  get droppedAttributesCount(): number {
    // Known once they are collected; only a span with very many has any.
    if (this.#refused > 0 || mayBeTooMany(this.#given, this.#set)) void this.attributes;
    return this.#droppedAttributes;
  }

  get droppedEventsCount(): number {
    return this.#droppedEvents;
  }

  get droppedLinksCount(): number {
    return this.#droppedLinks;
  }
}
