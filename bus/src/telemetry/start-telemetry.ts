import { context, trace } from '@opentelemetry/api';
import type { Bus } from '../bus.ts';
import type { Logger } from '../connection/logger.ts';
import { scopeContextManager } from '../scope/scope-context-manager.ts';
import { processTracing } from '../tracing/tracing.ts';
import { createSpanBuffer, type SpanBuffer } from './spans/span-buffer.ts';
import { spanBatch } from './spans/span-message.ts';
import { createSpanRecorder } from './spans/span-recorder.ts';
import { readTelemetrySettings } from './telemetry-settings.ts';

/** What a process tells of itself while it runs. */
export interface Telemetry {
  /** To be called when the bus is there: from now on spans are sent, and metrics served. */
  attach(bus: Bus): Promise<void>;
  /** Sends what waits and ends. To be called when the bus has drained. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  /** Name of the worker; `edge` for an edge. */
  readonly service: string;
  readonly version: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Begins to record what a process does, as its environment says (docs/telemetry.md). To be called before the bus is
 * joined. A tracer that is registered with OpenTelemetry's API already, by the user's own set-up, is left in its place: then
 * the bus makes its spans there.
 *
 * @throws TypeError naming the variable that cannot be used
 */
export function startTelemetry({ service, version, log, env }: TelemetryOptions): Telemetry {
  const settings = readTelemetrySettings(env);
  const ending: (() => Promise<void>)[] = [];
  let buffer: SpanBuffer | undefined;
  if (settings.sampling !== undefined && processTracing() === undefined) {
    const waiting = createSpanBuffer((error) => log.warn({ err: error }, 'spans could not be exported'));
    buffer = waiting;
    trace.setGlobalTracerProvider(createSpanRecorder(settings.sampling, (span) => waiting.add(span)));
    context.setGlobalContextManager(scopeContextManager);
  }

  return {
    async attach(bus) {
      if (buffer === undefined) return;
      const origin = { service, instance: bus.instance };
      buffer.connect({
        take: (spans, droppedCount) => bus.telemetry.sendSpans(spanBatch(spans, origin, droppedCount)),
      });
      bus.onDrain(() => (buffer as SpanBuffer).flush());
      if (!settings.otlpTraces) return;
      // Loaded only where it is asked for: it takes longer than all else that a worker loads.
      const { openOtlpSpans } = await import('./otlp/otlp-spans.ts');
      const { processResource } = await import('./otlp/process-resource.ts');
      const spans = openOtlpSpans(processResource({ service, version, instance: bus.instance }));
      buffer.connect(spans);
      ending.push(() => spans.stop());
    },
    async stop() {
      await buffer?.flush();
      for (const end of ending) await end();
      trace.disable();
      context.disable();
    },
  };
}
