import { describe, expect, it } from 'vitest';
import type { Sample } from '../measure/sample.ts';
import { comparisonRows, sideResults } from './comparison.ts';
import { edge } from './edge.ts';
import type { Measurement } from './experiment.ts';
import { streams } from './streams.ts';
import { unary } from './unary.ts';

const sample = (perSecond: number, cpuUs: number, p50?: number): Sample => ({
  perSecond,
  cpuUs: { caller: cpuUs, server: cpuUs, broker: 0 },
  ...(p50 !== undefined && { latencyUs: { p50, p99: p50 * 2 } }),
});
const busy = (subject: string, value: Sample): Measurement => ({
  id: 'unary-32B-64',
  subject,
  load: { payloadBytes: 32, atOnce: 64 },
  sample: value,
});
const single = (subject: string, value: Sample): Measurement => ({
  id: 'unary-32B-1',
  subject,
  load: { payloadBytes: 32, atOnce: 1 },
  sample: value,
});

describe('sideResults()', () => {
  it('takes medians over the rounds of each subject and load', () => {
    const sides = sideResults(unary, [
      busy('busline', sample(90, 1)),
      busy('grpc-js', sample(7, 9)),
      busy('busline', sample(110, 3)),
      busy('busline', sample(100, 2)),
    ]);
    expect(sides).toEqual([
      {
        id: 'unary-32B-64',
        subject: 'busline',
        value: 100,
        unit: 'calls/s',
        rounds: [90, 110, 100],
        cpuUs: { caller: 2, server: 2, broker: 0 },
      },
      expect.objectContaining({ subject: 'grpc-js', value: 7, rounds: [7] }),
    ]);
  });
});

describe('comparisonRows()', () => {
  const rowsOf = (...measurements: Measurement[]) =>
    comparisonRows(unary, sideResults(unary, measurements), 'abc');

  it('compares throughput where many calls are in flight', () => {
    expect(rowsOf(busy('busline', sample(100, 2)), busy('nats-request', sample(40, 5)))).toEqual([
      {
        id: 'unary-32B-64',
        peer: 'nats-request',
        ratio: 2.5,
        goal: 2.5,
        cpuRatio: 2.5,
        ours: 100,
        theirs: 40,
        unit: 'calls/s',
        commit: 'abc',
      },
    ]);
  });

  it('compares latency where one call is in flight, with the lower one better', () => {
    const [row] = rowsOf(single('busline', sample(8, 1, 120)), single('nats-request', sample(6, 1, 150)));
    expect(row).toMatchObject({ ratio: 1.25, goal: 1, ours: 120, theirs: 150, unit: 'µs p50' });
  });

  it('promises nothing against a peer without a goal', () => {
    const [row] = rowsOf(busy('busline', sample(100, 2)), busy('connect-http2', sample(4, 400)));
    expect(row).toMatchObject({ ratio: 25, goal: null });
  });

  it('compares only what was measured under the same load', () => {
    expect(rowsOf(busy('busline', sample(1, 1)), single('grpc-js', sample(1, 1, 1)))).toEqual([]);
  });

  it.each([
    { peer: 'grpc-js', payloadBytes: 32, goal: 8, unit: 'messages/s', ours: 1_000_000 },
    { peer: 'connect-http2', payloadBytes: 32, goal: null, unit: 'messages/s', ours: 1_000_000 },
    { peer: 'grpc-js', payloadBytes: 65_536, goal: 1.4, unit: 'MB/s', ours: 65_536 },
    { peer: 'connect-grpc', payloadBytes: 65_536, goal: 3, unit: 'MB/s', ours: 65_536 },
  ])(
    'compares streams of $payloadBytes-byte messages with $peer by $unit',
    ({ peer, payloadBytes, ...expected }) => {
      const one = { id: `streams-${payloadBytes}B-1`, load: { payloadBytes, atOnce: 1 } };
      const sides = sideResults(streams, [
        { ...one, subject: 'busline', sample: sample(1_000_000, 0.5) },
        { ...one, subject: peer, sample: sample(100_000, 5) },
      ]);
      const [row] = comparisonRows(streams, sides, 'abc');
      expect(row).toMatchObject({
        id: `streams-${payloadBytes}B-1`,
        peer,
        ratio: 10,
        cpuRatio: 10,
        ...expected,
      });
    },
  );

  it('compares HTTP without the CPU time of the load, whatever the format', () => {
    const http = (subject: string, perSecond: number, us: number): Measurement => ({
      id: 'edge-json-32B-64',
      subject,
      load: { payloadBytes: 32, atOnce: 64 },
      sample: { perSecond, cpuUs: { caller: 1000, edge: us, server: us, broker: us } },
    });
    const sides = sideResults(edge, [http('busline', 30_000, 10), http('fastify-grpc', 6000, 70)]);
    expect(sides[0]?.cpuUs).toEqual({ caller: 1000, edge: 10, server: 10, broker: 10 });
    const [row] = comparisonRows(edge, sides, 'abc');
    expect(row).toMatchObject({ id: 'edge-json-32B-64', ratio: 5, goal: 3.5, cpuRatio: 7, unit: 'calls/s' });
  });
});
