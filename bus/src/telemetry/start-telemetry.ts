import { context, trace } from '@opentelemetry/api';
import type { Bus } from '../bus.ts';
import type { Logger } from '../connection/logger.ts';
import type { MetricFamily } from '../metrics/metric-family.ts';
import { scopeContextManager } from '../scope/scope-context-manager.ts';
import { processTracing } from '../tracing/tracing.ts';
import { openMetricsServer } from './metrics-server.ts';
import { openProcessMetrics } from './process-metrics.ts';
import { createSpanBuffer, type SpanBuffer } from './spans/span-buffer.ts';
import { spanBatch } from './spans/span-message.ts';
import { createSpanRecorder } from './spans/span-recorder.ts';
import { readTelemetrySettings } from './telemetry-settings.ts';

/** What a process tells of itself while it runs. */
export interface Telemetry {
  /** To be called when the bus is there: from now on spans are sent, and metrics told. */
  attach(bus: Bus, sources?: MetricSources): Promise<void>;
  /** Sends what waits and ends. To be called when the bus has drained. */
  stop(): Promise<void>;
}

/** Metrics beside those of bus and process. */
export interface MetricSources {
  /** What the process counts itself. */
  readonly own?: () => readonly MetricFamily[];
  /** Whether it also tells what the broker knows of the whole system. Default false: one process or two are enough. */
  readonly system?: boolean;
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
  const ending: (() => Promise<void> | void)[] = [];
  let buffer: SpanBuffer | undefined;
  if (settings.sampling !== undefined && processTracing() === undefined) {
    const waiting = createSpanBuffer((error) => log.warn({ err: error }, 'spans could not be exported'));
    buffer = waiting;
    trace.setGlobalTracerProvider(createSpanRecorder(settings.sampling, (span) => waiting.add(span)));
    context.setGlobalContextManager(scopeContextManager);
  }

  // OTLP is loaded only where it is asked for: that takes longer than all else that a worker loads.
  const sendSpans = async (bus: Bus, spans: SpanBuffer): Promise<void> => {
    const origin = { service, instance: bus.instance };
    spans.connect({
      take: (batch, droppedCount) => bus.telemetry.sendSpans(spanBatch(batch, origin, droppedCount)),
    });
    bus.onDrain(() => spans.flush());
    if (!settings.otlpTraces) return;
    const { openOtlpSpans } = await import('./otlp/otlp-spans.ts');
    const { processResource } = await import('./otlp/process-resource.ts');
    const otlp = openOtlpSpans(processResource({ service, version, instance: bus.instance }));
    spans.connect(otlp);
    ending.push(() => otlp.stop());
  };
  const tellMetrics = async (bus: Bus, { own, system = false }: MetricSources): Promise<void> => {
    const { metrics: address, otlpMetrics } = settings;
    if (address === undefined && !otlpMetrics) return;
    const processMetrics = openProcessMetrics(service, version);
    const collect = async (): Promise<readonly MetricFamily[]> => [
      ...processMetrics.collect(),
      ...bus.telemetry.metrics(),
      ...(own?.() ?? []),
      ...(system ? await systemMetricsOf(bus) : []),
    ];
    if (address !== undefined) {
      const server = await openMetricsServer({ ...address, collect });
      log.info({ host: address.host, port: server.port }, 'serving metrics');
      ending.push(() => server.stop());
    }
    if (otlpMetrics) {
      const { openOtlpMetrics } = await import('./otlp/otlp-metrics.ts');
      const { processResource } = await import('./otlp/process-resource.ts');
      const resource = processResource({ service, version, instance: bus.instance });
      const otlp = openOtlpMetrics({ resource, intervalMs: settings.otlpMetricsIntervalMs, collect });
      ending.push(() => otlp.stop());
    }
    ending.push(() => processMetrics.stop());
  };
  const systemMetricsOf = async (bus: Bus): Promise<readonly MetricFamily[]> => {
    try {
      return await bus.telemetry.systemMetrics();
    } catch (error) {
      // The other metrics are all the more wanted then.
      log.debug({ err: error }, 'the broker did not tell how the consumers are getting on');
      return [];
    }
  };

  return {
    async attach(bus, sources = {}) {
      if (buffer !== undefined) await sendSpans(bus, buffer);
      await tellMetrics(bus, sources);
    },
    async stop() {
      await buffer?.flush();
      for (const end of ending.splice(0)) await end();
      // What the user has registered stays.
      if (buffer === undefined) return;
      trace.disable();
      context.disable();
    },
  };
}
