import { describe, expect, it } from 'vitest';
import { createDurationHistogram } from './duration-histogram.ts';
import { prometheusText } from './prometheus-text.ts';

describe('prometheusText()', () => {
  it('writes counters and gauges', () => {
    const text = prometheusText([
      {
        kind: 'counter',
        name: 'busline.server.calls',
        help: 'Calls.',
        points: [{ labels: { 'rpc.method': 'a.B/C', text: 'say "hi"\\\n' }, value: 3 }],
      },
      {
        kind: 'gauge',
        name: 'process.memory.usage',
        unit: 'By',
        help: 'Memory.',
        points: [{ labels: {}, value: 1.5 }],
      },
      { kind: 'gauge', name: 'nothing', help: 'Not there.', points: [] },
    ]);
    expect(text).toBe(
      [
        '# HELP busline_server_calls_total Calls.',
        '# TYPE busline_server_calls_total counter',
        'busline_server_calls_total{rpc_method="a.B/C",text="say \\"hi\\"\\\\\\n"} 3',
        '# HELP process_memory_usage_bytes Memory.',
        '# TYPE process_memory_usage_bytes gauge',
        'process_memory_usage_bytes 1.5',
        '',
      ].join('\n'),
    );
  });

  it('writes histograms, whose counts grow and end in all there are', () => {
    const histogram = createDurationHistogram();
    for (const durationMs of [0.001, 0.5, 3, 3, 700, 100_000]) histogram.record(durationMs);
    const labels = { 'rpc.method': 'a.B/C' };
    const durations = histogram.snapshot();
    const text = prometheusText([
      { kind: 'durations', name: 'rpc.server.call.duration', help: 'h', points: [{ labels, durations }] },
    ]);
    const buckets = [...text.matchAll(/_bucket\{rpc_method="a\.B\/C",le="([^"]+)"\} (\d+)/g)].map(
      ([, le, count]) => [Number(le?.replace('+Inf', 'Infinity')), Number(count)] as const,
    );
    expect(buckets.length).toBeGreaterThan(30);
    expect(buckets.at(-1)).toEqual([Number.POSITIVE_INFINITY, 6]);
    for (const [seconds, count] of buckets) {
      const exact = [0.000_001, 0.000_5, 0.003, 0.003, 0.7, 100].filter(
        (duration) => duration <= seconds,
      ).length;
      expect([seconds, count]).toEqual([seconds, exact]);
    }
    expect(text).toContain('rpc_server_call_duration_seconds_sum{rpc_method="a.B/C"} 100.706501');
    expect(text).toContain('rpc_server_call_duration_seconds_count{rpc_method="a.B/C"} 6');
  });
});
