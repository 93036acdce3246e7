import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { percentileMs } from '../metrics/percentile.ts';
import { createMethodRecorder, type MethodRecorder } from '../rpc/server/method-stats.ts';
import { mergeStats, statsSince } from './merge-stats.ts';
import { statsResponse } from './micro-responses.ts';
import { readServiceStats, type ServiceStats } from './service-stats.ts';

/** What an instance answers, by way of the wire. */
function answerOf(instance: string, recorder: MethodRecorder, startedAt = new Date(0)): ServiceStats {
  const response = statsResponse({
    service: 'orders.v1.OrderService',
    id: instance,
    version: '1.2.3',
    worker: 'orders',
    digest: '',
    startedAt,
    load: { running: 1, waiting: 2 },
    endpoints: [
      {
        method: 'GetOrder',
        subject: 's',
        queueGroup: 'q',
        inputType: 'i',
        outputType: 'o',
        kind: 'unary',
        idempotency: '',
        stats: recorder.snapshot(),
      },
    ],
  });
  return readServiceStats(JSON.parse(JSON.stringify(response))) as ServiceStats;
}

describe('mergeStats()', () => {
  it('adds up the instances of a method, their histograms too', () => {
    const [fast, slow] = [createMethodRecorder(), createMethodRecorder()];
    for (let call = 0; call < 97; call++) fast.ran(1, 0, undefined);
    for (let call = 0; call < 3; call++) slow.ran(100, 8, new ConnectError('no', Code.NotFound));
    slow.refused(new ConnectError('overloaded', Code.ResourceExhausted));
    slow.stalled();
    const [totals, ...others] = mergeStats([answerOf('a', fast), answerOf('b', slow)]);
    expect(others).toEqual([]);
    expect(totals).toMatchObject({
      service: 'orders.v1.OrderService',
      method: 'GetOrder',
      instances: 2,
      requests: 100,
      errors: 3,
      refused: 1,
      stalls: 1,
      errorsByCode: new Map([['NOT_FOUND', 3]]),
    });
    const { handling = new Map(), queueing = new Map() } = totals ?? {};
    expect(percentileMs(handling, 0.97)).toBeLessThan(1.2);
    expect(percentileMs(handling, 0.98)).toBeGreaterThanOrEqual(100);
    expect(percentileMs(queueing, 1)).toBeGreaterThanOrEqual(8);
  });
});

describe('statsSince()', () => {
  it('is what an instance has counted meanwhile', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, 0, undefined);
    const before = answerOf('a', recorder);
    recorder.ran(2, 0, new ConnectError('no', Code.NotFound));
    const [since] = statsSince(before, answerOf('a', recorder)).methods;
    expect(since).toMatchObject({
      requests: 1,
      errors: 1,
      errorsByCode: new Map([['NOT_FOUND', 1]]),
      handling: new Map([[44, 1]]),
    });
  });

  it('is everything for another instance, and for one that has started anew', () => {
    const recorder = createMethodRecorder();
    recorder.ran(1, 0, undefined);
    const after = answerOf('a', recorder);
    expect(statsSince(answerOf('b', recorder), after)).toBe(after);
    expect(statsSince(answerOf('a', recorder, new Date(5)), after)).toBe(after);
    expect(statsSince(undefined, after)).toBe(after);
  });
});

describe('readServiceStats()', () => {
  it('takes a micro service that is not ours, as far as it tells', () => {
    const answer = {
      type: 'io.nats.micro.v1.stats_response',
      name: 'adder',
      id: 'x1',
      version: '0.1.0',
      started: '2026-01-01T00:00:00Z',
      endpoints: [{ name: 'add', num_requests: 7, num_errors: 'many', data: [1] }],
    };
    expect(readServiceStats(answer)).toMatchObject({
      service: 'adder',
      worker: '',
      running: 0,
      methods: [{ method: 'add', requests: 7, errors: 0, handling: new Map() }],
    });
  });

  it.each([[undefined], ['text'], [{}], [[]], [{ type: 'io.nats.micro.v1.ping_response', id: 'x' }]])(
    'takes %j for no answer',
    (answer) => {
      expect(readServiceStats(answer)).toBeUndefined();
    },
  );
});
