import type { SpanBatch } from '@busline/schemas/busline/traces/v1/traces';
import { SpanBatchSchema } from '@busline/schemas/busline/traces/v1/traces';
import { messageCodec } from '../codec/message-codec.ts';
import type { Connection } from '../connection/connection.ts';
import type { MicroService } from '../discovery/micro-responses.ts';
import { faultReason } from '../errors/fault.ts';
import type { ConsumerAdmin } from '../events/consumers/consumer-admin.ts';
import type { DeadLetters } from '../events/dead-letters/dead-letters.ts';
import type { MetricFamily } from '../metrics/metric-family.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { busMetrics } from './bus-metrics.ts';
import { type ConsumerState, systemMetrics } from './system-metrics.ts';

/** How a process tells on the bus what it does, and hears what others do. */
export interface BusTelemetry {
  /** Undefined where no tracer was registered with OpenTelemetry's API before the bus was joined. */
  readonly tracing: Tracing | undefined;
  /**
   * Sends spans to whoever keeps them. Without a subscriber they go no further than the broker; while it is away, or where
   * it does not let this user, they are dropped.
   */
  sendSpans(batch: SpanBatch): void;
  /** Hears the spans of all processes on the bus, its own too. Returns the function that ends it. */
  watchSpans(onBatch: (batch: SpanBatch) => void): () => void;
  /** What was counted here since the process started. */
  metrics(): MetricFamily[];
  /** How the whole system is getting on, by what the broker says: lag and age of consumers, dead letters. */
  systemMetrics(): Promise<MetricFamily[]>;
}

export interface BusTelemetryInit {
  readonly connection: Connection;
  readonly served: () => readonly MicroService[];
  readonly callsUnderWay: () => number;
  readonly consumers: Pick<ConsumerAdmin, 'list'>;
  readonly deadLetters: Pick<DeadLetters, 'count'>;
}

/** Where spans travel (docs/protocol.md, "Spans"): below the subjects of calls, so that systems on one broker stay apart. */
export function spanSubject(subjectPrefix: string): string {
  return `_obs.${subjectPrefix}.spans`;
}

export function createBusTelemetry({
  connection,
  served,
  callsUnderWay,
  consumers,
  deadLetters,
}: BusTelemetryInit): BusTelemetry {
  const { log } = connection;
  const subject = spanSubject(connection.options.subjectPrefix);
  const codec = messageCodec(SpanBatchSchema);
  let permitted = true;
  let disconnects = 0;
  connection.onStateChange((state) => {
    if (state === 'disconnected') disconnects++;
  });
  connection.onRefusal((refusal) => {
    if (refusal.operation !== 'publish' || refusal.subject !== subject || !permitted) return;
    permitted = false;
    log.warn({ subject }, 'the broker does not let this user publish spans: no edge will have its traces');
  });

  const send = (batch: SpanBatch): void => {
    const body = codec.encode(batch);
    if (body.length <= connection.maxPayloadBytes) {
      connection.publish(subject, body);
      return;
    }
    if (batch.spans.length === 1) {
      log.warn({ subject, bytes: body.length }, 'a span was dropped: it is larger than the broker takes');
      return;
    }
    const half = batch.spans.length >> 1;
    send({ ...batch, spans: batch.spans.slice(0, half) });
    send({ ...batch, spans: batch.spans.slice(half), droppedCount: 0n });
  };

  return {
    tracing: connection.tracing,
    metrics: () =>
      busMetrics({
        stats: connection.stats,
        served: served(),
        callsUnderWay: callsUnderWay(),
        connected: connection.state === 'connected' || connection.state === 'draining',
        disconnects,
      }),
    async systemMetrics() {
      const all = await deadLetters.count();
      const states: ConsumerState[] = [];
      for (const status of await consumers.list())
        states.push({ status, deadLetters: all === 0 ? 0 : await deadLetters.count(status) });
      return systemMetrics({ consumers: states, deadLetters: all, now: new Date() });
    },
    sendSpans(batch) {
      if (!permitted) return;
      try {
        send(batch);
      } catch (error) {
        if (faultReason(error) !== 'DISCONNECTED') throw error;
      }
    },
    watchSpans(onBatch) {
      const subscription = connection.subscribe(subject, ({ data }) =>
        onBatch(codec.decode(data) as SpanBatch),
      );
      return () => subscription.unsubscribe();
    },
  };
}
