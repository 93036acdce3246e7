import type { Code } from '@connectrpc/connect';
import type { MicroService } from '../discovery/micro-responses.ts';
import { codeTable } from '../errors/code-table.ts';
import type { Labels, MetricFamily, NumberPoint } from '../metrics/metric-family.ts';
import type { ProcessStats } from '../metrics/process-stats.ts';
import { attribute } from '../tracing/attributes.ts';

/** What the metrics of a process on the bus are made of. */
export interface BusCounts {
  readonly stats: ProcessStats;
  /** What it serves. */
  readonly served: readonly MicroService[];
  /** Calls it makes that are not over. */
  readonly callsUnderWay: number;
  readonly connected: boolean;
  /** How often the connection to the broker was lost. */
  readonly disconnects: number;
}

/** The metrics of a process on the bus (docs/telemetry.md): what its recorders have counted, under names. */
export function busMetrics(counts: BusCounts): MetricFamily[] {
  return [
    ...servedMetrics(counts),
    ...calledMetrics(counts),
    ...eventMetrics(counts),
    ...connectionMetrics(counts),
  ];
}

function servedMetrics({ served }: BusCounts): MetricFamily[] {
  const methods = served.flatMap(({ service, endpoints }) =>
    endpoints.map(({ method, stats }) => ({
      labels: { [attribute.rpcMethod]: `${service}/${method}` },
      stats,
    })),
  );
  const loads = (of: (service: MicroService) => number): NumberPoint[] =>
    served.map((service) => ({ labels: { 'rpc.service': service.service }, value: of(service) }));
  return [
    {
      kind: 'durations',
      name: 'rpc.server.call.duration',
      help: 'Time in handlers.',
      points: methods.map(({ labels, stats }) => ({ labels, durations: stats.handling })),
    },
    {
      kind: 'durations',
      name: 'busline.server.queue.duration',
      help: 'Time from the arrival of a call to the start of its handler.',
      points: methods.map(({ labels, stats }) => ({ labels, durations: stats.queueing })),
    },
    {
      kind: 'counter',
      name: 'busline.server.calls',
      help: 'Calls whose handler has ended, by the code of their outcome.',
      points: methods.flatMap(({ labels, stats }) => byCode(labels, stats.requests, stats.errorsByCode)),
    },
    {
      kind: 'counter',
      name: 'busline.server.refused',
      help: 'Calls refused before their handler ran: overload, deadline, invalid requests.',
      points: methods.map(({ labels, stats }) => ({ labels, value: stats.refused })),
    },
    {
      kind: 'counter',
      name: 'busline.server.stream.stalls',
      help: 'How often a handler that streams waited for its caller.',
      points: methods.map(({ labels, stats }) => ({ labels, value: stats.stalls })),
    },
    {
      kind: 'gauge',
      name: 'busline.server.running',
      help: 'Handlers that run.',
      points: loads(({ load }) => load.running),
    },
    {
      kind: 'gauge',
      name: 'busline.server.waiting',
      help: 'Calls that wait for a handler.',
      points: loads(({ load }) => load.waiting),
    },
  ];
}

function calledMetrics({ stats, callsUnderWay }: BusCounts): MetricFamily[] {
  const methods = stats.called
    .stats()
    .map(({ name, stats: calls }) => ({ labels: { [attribute.rpcMethod]: name }, calls }));
  return [
    {
      kind: 'durations',
      name: 'rpc.client.call.duration',
      help: 'Time from a call to its outcome, retries included.',
      points: methods.map(({ labels, calls }) => ({ labels, durations: calls.durations })),
    },
    {
      kind: 'counter',
      name: 'busline.client.calls',
      help: 'Calls that are over, by the code of their outcome.',
      points: methods.flatMap(({ labels, calls }) => byCode(labels, calls.calls, calls.errorsByCode)),
    },
    {
      kind: 'counter',
      name: 'busline.client.retries',
      help: 'Attempts after the first ones.',
      points: methods.map(({ labels, calls }) => ({ labels, value: calls.retries })),
    },
    {
      kind: 'counter',
      name: 'busline.client.stream.stalls',
      help: 'How often a caller that streams waited for its worker.',
      points: methods.map(({ labels, calls }) => ({ labels, value: calls.stalls })),
    },
    {
      kind: 'gauge',
      name: 'busline.client.under_way',
      help: 'Calls that are not over.',
      points: [{ labels: {}, value: callsUnderWay }],
    },
  ];
}

function eventMetrics({ stats }: BusCounts): MetricFamily[] {
  const handled = stats.handled.stats().map(({ consumer, type, stats: events }) => ({
    labels: { [attribute.messagingGroup]: consumer, 'busline.event.type': type },
    events,
  }));
  const published = stats.published
    .stats()
    .map(({ type, stats: events }) => ({ labels: { 'busline.event.type': type }, events }));
  return [
    {
      kind: 'durations',
      name: 'messaging.process.duration',
      help: 'Time in handlers of events.',
      points: handled.map(({ labels, events }) => ({ labels, durations: events.handling })),
    },
    {
      kind: 'durations',
      name: 'busline.event.age',
      help: 'Age of events when their handler begins, from being stored.',
      points: handled.map(({ labels, events }) => ({ labels, durations: events.ages })),
    },
    {
      kind: 'counter',
      name: 'messaging.client.consumed.messages',
      help: 'Attempts to handle an event that have ended, by what became of it.',
      points: handled.flatMap(({ labels, events }) =>
        Object.entries({
          handled: events.handled,
          retried: events.retried,
          dead_lettered: events.deadLettered,
        }).map(([outcome, value]) => ({ labels: { ...labels, 'busline.outcome': outcome }, value })),
      ),
    },
    {
      kind: 'counter',
      name: 'messaging.client.sent.messages',
      help: 'Events that the broker has stored.',
      points: published.map(({ labels, events }) => ({ labels, value: events.sent })),
    },
    {
      kind: 'counter',
      name: 'busline.event.publish.failures',
      help: 'Publications that failed.',
      points: published.map(({ labels, events }) => ({ labels, value: events.failed })),
    },
    {
      kind: 'durations',
      name: 'messaging.client.operation.duration',
      help: 'Time from publishing an event to it being stored.',
      points: published.map(({ labels, events }) => ({ labels, durations: events.durations })),
    },
  ];
}

function connectionMetrics({ connected, disconnects }: BusCounts): MetricFamily[] {
  return [
    {
      kind: 'gauge',
      name: 'busline.connection.up',
      help: 'Whether the broker is connected: 1 or 0.',
      points: [{ labels: {}, value: connected ? 1 : 0 }],
    },
    {
      kind: 'counter',
      name: 'busline.connection.losses',
      help: 'How often the connection to the broker was lost.',
      points: [{ labels: {}, value: disconnects }],
    },
  ];
}

/** A point for each code, OK among them: what is left. */
function byCode(labels: Labels, calls: number, errors: ReadonlyMap<Code, number>): NumberPoint[] {
  let good = calls;
  const points: NumberPoint[] = [];
  for (const [code, count] of errors) {
    good -= count;
    points.push({ labels: { ...labels, [attribute.rpcStatus]: codeTable[code].name }, value: count });
  }
  return [{ labels: { ...labels, [attribute.rpcStatus]: 'OK' }, value: good }, ...points];
}
