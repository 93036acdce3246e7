import {
  type Attributes,
  type AttributeValue,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import type { WallClock } from './wall-clock.ts';

/** Most attributes, events and links of a span, each; further ones are dropped (OpenTelemetry's own default). */
const maxEntries = 128;
/** Longest text of an attribute, in characters; the rest is cut off. */
const maxTextLength = 4_096;

/** Three years: numbers below are of the clock that begins with the process, those above count from 1970. */
const longestUptimeMs = 1e11;

/** What a span began with. */
export interface SpanInit {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: SpanContext;
  readonly parentSpanId: string | undefined;
  readonly startTime: TimeInput | undefined;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
}

/** Something that happened in a span. */
export interface RecordedEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Attributes;
}

/**
 * A span on its way: what OpenTelemetry's API asks of one, and what exporters read of it once it has ended. Times are
 * milliseconds since 1970, with fractions.
 */
export class RecordedSpan implements Span {
  readonly kind: SpanKind;
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly links: Link[] = [];
  readonly attributes: Attributes = {};
  readonly events: RecordedEvent[] = [];
  readonly #spanContext: SpanContext;
  readonly #clock: WallClock;
  readonly #onEnd: (span: RecordedSpan) => void;
  #name: string;
  #status: SpanStatus = { code: SpanStatusCode.UNSET };
  #endMs: number | undefined;
  #attributeCount = 0;

  constructor(init: SpanInit, clock: WallClock, onEnd: (span: RecordedSpan) => void) {
    this.#name = init.name;
    this.kind = init.kind;
    this.#spanContext = init.spanContext;
    this.parentSpanId = init.parentSpanId;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.startMs = this.#toMs(init.startTime);
    this.setAttributes(init.attributes);
    this.addLinks([...init.links]);
  }

  get name(): string {
    return this.#name;
  }

  get status(): SpanStatus {
    return this.#status;
  }

  /** Not before its start, whatever the clocks say. */
  get endMs(): number {
    return Math.max(this.startMs, this.#endMs ?? this.startMs);
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return this.#endMs === undefined;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.#endMs !== undefined || value === undefined || value === null) return this;
    if (!Object.hasOwn(this.attributes, key) && ++this.#attributeCount > maxEntries) return this;
    this.attributes[key] = shortened(value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) this.setAttribute(key, value);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#endMs !== undefined || this.events.length >= maxEntries) return this;
    const onlyTime = isTime(attributesOrTime);
    this.events.push({
      name,
      timeMs: this.#toMs(onlyTime ? attributesOrTime : time),
      attributes: onlyTime ? {} : shortenedAll(attributesOrTime ?? {}),
    });
    return this;
  }

  addLink(link: Link): this {
    if (this.#endMs === undefined && this.links.length < maxEntries) this.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    // What was found to be OK stays so; an error is not taken back by saying nothing (OpenTelemetry, "Set Status").
    if (this.#endMs !== undefined || this.#status.code === SpanStatusCode.OK) return this;
    if (status.code !== SpanStatusCode.UNSET) this.#status = { ...status };
    return this;
  }

  updateName(name: string): this {
    if (this.#endMs === undefined) this.#name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const { name, message, stack, code } =
      typeof exception === 'string'
        ? { message: exception }
        : (exception as Partial<Error> & { code?: unknown });
    this.addEvent(
      'exception',
      {
        'exception.type': code === undefined ? (name ?? 'Error') : String(code),
        ...(message !== undefined && { 'exception.message': message }),
        ...(stack !== undefined && { 'exception.stacktrace': stack }),
      },
      time,
    );
  }

  end(endTime?: TimeInput): void {
    if (this.#endMs !== undefined) return;
    this.#endMs = this.#toMs(endTime);
    this.#onEnd(this);
  }

  /** A time as the API takes it: a Date, seconds and nanoseconds, milliseconds of either clock. Default: now. */
  #toMs(time: TimeInput | undefined): number {
    if (time === undefined) return this.#clock.at(performance.now());
    if (time instanceof Date) return time.getTime();
    if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1e6;
    return time < longestUptimeMs ? this.#clock.at(time) : time;
  }
}

function isTime(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}

function shortened(value: AttributeValue): AttributeValue {
  if (typeof value === 'string') return value.length > maxTextLength ? value.slice(0, maxTextLength) : value;
  if (!Array.isArray(value)) return value;
  return value
    .slice(0, maxEntries)
    .map((item) => (typeof item === 'string' ? item.slice(0, maxTextLength) : item)) as AttributeValue;
}

function shortenedAll(attributes: Attributes): Attributes {
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes).slice(0, maxEntries)) {
    if (value !== undefined) kept[key] = shortened(value);
  }
  return kept;
}
