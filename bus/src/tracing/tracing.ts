import {
  type Attributes,
  type Context,
  context as contextApi,
  createTraceState,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type SpanContext,
  type SpanKind,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { sampledRoot, withOwnSpan } from './decided-context.ts';
import { OpenSpan } from './open-span.ts';
import { leftToTracer, type Sampling } from './sampling.ts';
import { isSampled, readTraceparent } from './trace-parent.ts';

/** The trace that something is part of: as it travels, and as spans of this process know it where one is recorded. */
export interface TraceParent {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** The span here that whatever is done now is part of. */
  readonly context?: Context | undefined;
}

/** Something from outside of the system. */
export interface Entry extends TraceParent {
  /** The traceparent that it was passed on with, while it was not recorded: the span is to have these ids. */
  readonly passedOnAs?: string;
}

/** What is known of a span when it begins; the same object serves many. */
export interface SpanShape {
  readonly kind: SpanKind;
  readonly name: string;
  readonly attributes: Attributes;
  readonly links?: Link[];
}

/**
 * Begins spans, through the API of OpenTelemetry, where they are to be recorded. Each method answers undefined where not:
 * that is decided before anything is made, since most calls under load are not recorded.
 */
export interface Tracing {
  /** A request or event that came from elsewhere. @param atMs when, on the clock of `performance.now()` */
  received(shape: SpanShape, parent: TraceParent | undefined, atMs: number): OpenSpan | undefined;
  /** The same from outside of the system: whoever sends it must not decide what it costs. */
  entered(shape: SpanShape, parent: TraceParent | undefined, atMs: number): OpenSpan | undefined;
  /** Something that is sent by whatever is done now. */
  sent(shape: SpanShape, parent: TraceParent | undefined, atMs: number): OpenSpan | undefined;
  /**
   * A failure of something that came from elsewhere and is not recorded: in hindsight, so that what failed can be seen
   * however little is recorded.
   */
  failed(shape: SpanShape, parent: Entry | undefined, atMs: number): OpenSpan | undefined;
}

/** A tracer that says itself what is worth being recorded, so that it need not be asked for each span. */
export interface SamplingTracerProvider {
  readonly sampling: Sampling;
}

/** The tracing of this process: by the tracer that is registered with the API, undefined where there is none. */
export function processTracing(): Tracing | undefined {
  const provider = trace.getTracerProvider();
  const delegate = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  const tracer =
    provider instanceof ProxyTracerProvider
      ? provider.getDelegateTracer(tracerName)
      : provider.getTracer(tracerName);
  if (tracer === undefined) return undefined;
  return createTracing(tracer, (delegate as Partial<SamplingTracerProvider>).sampling);
}

const tracerName = '@busline/bus';

/** @param sampling default: the tracer decides about each span, and has a context manager of its own */
export function createTracing(tracer: Tracer, sampling?: Sampling): Tracing {
  const { root, remote, outside, failure } = sampling ?? leftToTracer;
  const foreign = sampling === undefined;

  const begin = (
    shape: SpanShape,
    { context, tracestate }: Beginning,
    atMs: number,
  ): OpenSpan | undefined => {
    const { name, ...options } = shape;
    const span = tracer.startSpan(name, { ...options, startTime: atMs }, context);
    return span.isRecording() ? new OpenSpan(span, trace.setSpan(context, span), tracestate) : undefined;
  };
  const isRecorded = (parent: TraceParent | undefined, atMs: number): boolean => {
    const traceparent = parent?.traceparent;
    return traceparent === undefined ? root(atMs) : remote(isSampled(traceparent));
  };

  return {
    received(shape, parent, atMs) {
      return isRecorded(parent, atMs) ? begin(shape, decided(parent), atMs) : undefined;
    },
    entered(shape, parent, atMs) {
      const traceparent = parent?.traceparent;
      const recorded = traceparent === undefined ? root(atMs) : outside(isSampled(traceparent), atMs);
      return recorded ? begin(shape, decided(parent), atMs) : undefined;
    },
    sent(shape, parent, atMs) {
      const context = parent?.context ?? (foreign ? activeContext() : undefined);
      if (context !== undefined) return begin(shape, { context, tracestate: parent?.tracestate }, atMs);
      return isRecorded(parent, atMs) ? begin(shape, decided(parent), atMs) : undefined;
    },
    failed(shape, parent, atMs) {
      if (!failure(performance.now())) return undefined;
      const beginning = decided(parent, TraceFlags.SAMPLED);
      const own = parent?.passedOnAs === undefined ? undefined : readTraceparent(parent.passedOnAs);
      if (own === undefined) return begin(shape, beginning, atMs);
      const context = withOwnSpan(beginning.context, { ...own, traceFlags: TraceFlags.SAMPLED });
      return begin(shape, { ...beginning, context }, atMs);
    },
  };
}

/** What a span begins in. */
interface Beginning {
  readonly context: Context;
  readonly tracestate: string | undefined;
}

/** What something came with; a new trace, which is recorded, where it came with none. */
function decided(parent: TraceParent | undefined, flags = 0): Beginning {
  return { context: remoteContext(parent, flags) ?? sampledRoot, tracestate: parent?.tracestate };
}

/** The context that a traceparent names; undefined for none, and for what is none. */
export function remoteContext(parent: TraceParent | undefined, flags = 0): Context | undefined {
  const read = parent?.traceparent === undefined ? undefined : readTraceparent(parent.traceparent);
  if (read === undefined) return undefined;
  const remote: SpanContext = {
    ...read,
    traceFlags: read.traceFlags | flags,
    isRemote: true,
    ...(parent?.tracestate !== undefined && { traceState: createTraceState(parent.tracestate) }),
  };
  return trace.setSpanContext(ROOT_CONTEXT, remote);
}

/** The context of a span that the user's own tracer has open here. */
function activeContext(): Context | undefined {
  const active = contextApi.active();
  return trace.getSpan(active) === undefined ? undefined : active;
}
