import {
  type Context,
  context as contextApi,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { ownSpan, sampledRoot } from '../../tracing/decided-context.ts';
import type { Sampling } from '../../tracing/sampling.ts';
import { randomHex } from '../../tracing/trace-parent.ts';
import type { SamplingTracerProvider } from '../../tracing/tracing.ts';
import { RecordedSpan } from './recorded-span.ts';
import { createWallClock } from './wall-clock.ts';

/** Hears of spans when they have ended. */
export type SpanListener = (span: RecordedSpan) => void;

/** Makes the spans of this process. */
export interface SpanRecorder extends TracerProvider, SamplingTracerProvider {}

/**
 * A tracer for OpenTelemetry's API that makes plain objects of spans (ADR 0027). What is not sampled is passed on without
 * being recorded, as the API wants it.
 */
export function createSpanRecorder(sampling: Sampling, onEnd: SpanListener): SpanRecorder {
  const clock = createWallClock();
  const isSampled = (context: Context, known: SpanContext | undefined): boolean =>
    known === undefined
      ? context === sampledRoot || sampling.root(performance.now())
      : sampling.remote((known.traceFlags & TraceFlags.SAMPLED) !== 0);

  const startSpan = (name: string, options: SpanOptions = {}, context: Context = contextApi.active()) => {
    const parent = options.root === true ? undefined : trace.getSpanContext(context);
    const own = options.root === true ? undefined : ownSpan(context);
    const sampled = isSampled(context, own ?? parent);
    const spanContext: SpanContext = own ?? {
      traceId: parent?.traceId ?? randomHex(16),
      spanId: randomHex(8),
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(parent?.traceState !== undefined && { traceState: parent.traceState }),
    };
    if (!sampled) return trace.wrapSpanContext(spanContext);
    // A root is rare enough to look at the clock for.
    if (parent === undefined) clock.follow();
    return new RecordedSpan(
      {
        name,
        kind: options.kind ?? SpanKind.INTERNAL,
        spanContext,
        parentSpanId: parent?.spanId,
        startTime: options.startTime,
        attributes: options.attributes ?? {},
        links: options.links ?? [],
      },
      clock,
      onEnd,
    );
  };
  const tracer: Tracer = {
    startSpan,
    startActiveSpan(name: string, ...rest: unknown[]) {
      const work = rest.at(-1) as (span: ReturnType<Tracer['startSpan']>) => never;
      const [options, given] = rest.slice(0, -1) as [SpanOptions?, Context?];
      const context = given ?? contextApi.active();
      const span = startSpan(name, options, context);
      return contextApi.with(trace.setSpan(context, span), () => work(span));
    },
  };
  return { getTracer: () => tracer, sampling };
}
