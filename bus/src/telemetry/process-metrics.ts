import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { MetricFamily } from '../metrics/metric-family.ts';

/** The metrics that every process of Node.js has. */
export interface ProcessMetrics {
  collect(): MetricFamily[];
  stop(): void;
}

/** Resolution of the event loop's delay, in milliseconds. It costs a timer each, so it runs only where it is read. */
const resolutionMs = 20;

/** Begins to measure. Delays are those since the last `collect`, so that a bad moment is seen, and then over. */
export function openProcessMetrics(service: string, version: string): ProcessMetrics {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let before = performance.eventLoopUtilization();
  const startedAt = performance.timeOrigin / 1_000;
  return {
    collect() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const delay = (ns: number): number =>
        Math.max(0, (Number.isFinite(ns) ? ns : 0) / 1e9 - resolutionMs / 1_000);
      const gauge = (name: string, help: string, value: number, unit?: 's' | 'By'): MetricFamily => ({
        kind: 'gauge',
        name,
        help,
        ...(unit !== undefined && { unit }),
        points: [{ labels: {}, value }],
      });
      const { user, system } = process.cpuUsage();
      const families: MetricFamily[] = [
        gauge(
          'nodejs.eventloop.delay.p50',
          'Delay of the event loop, median.',
          delay(delays.percentile(50)),
          's',
        ),
        gauge(
          'nodejs.eventloop.delay.p99',
          'Delay of the event loop, 99th percentile.',
          delay(delays.percentile(99)),
          's',
        ),
        gauge('nodejs.eventloop.delay.max', 'Delay of the event loop, longest.', delay(delays.max), 's'),
        gauge('nodejs.eventloop.utilization', 'Part of the time that the event loop was busy.', utilization),
        gauge('process.memory.usage', 'Resident memory.', process.memoryUsage.rss(), 'By'),
        gauge('process.start.time', 'When the process started, in seconds since 1970.', startedAt, 's'),
        {
          kind: 'counter',
          name: 'process.cpu.time',
          unit: 's',
          help: 'CPU time.',
          points: [
            { labels: { 'cpu.mode': 'user' }, value: user / 1e6 },
            { labels: { 'cpu.mode': 'system' }, value: system / 1e6 },
          ],
        },
        {
          kind: 'gauge',
          name: 'busline.process.info',
          help: 'What runs here; always 1.',
          points: [{ labels: { 'service.name': service, 'service.version': version }, value: 1 }],
        },
      ];
      delays.reset();
      return families;
    },
    stop: () => delays.disable(),
  };
}
