import type { ConsumerInfo } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { consumerStatus } from './consumer-status.ts';

const durable = (name: string, numbers: Partial<ConsumerInfo> = {}, until?: string): ConsumerInfo =>
  ({
    name,
    num_pending: 0,
    num_ack_pending: 0,
    num_redelivered: 0,
    num_waiting: 0,
    paused: until !== undefined,
    config: {
      metadata: {
        'busline.consumer': 'ledger',
        'busline.events': 'evt.a.v1.Made rty.S.ledger.a.v1.Made',
      },
      ...(until !== undefined && { pause_until: until }),
    },
    ...numbers,
  }) as ConsumerInfo;
const surroundings = {
  stream: 'S',
  consumer: 'ledger',
  oldestUnhandled: undefined,
  partitionsOf: new Map<string, readonly number[]>(),
};
const until = '2026-01-01T00:00:00Z';

describe('consumerStatus()', () => {
  it('adds up the durables, and names each event once', () => {
    const status = consumerStatus(
      [
        durable('ledger--retry', { num_pending: 1, num_waiting: 1 }),
        durable('ledger--p1', { num_pending: 2, num_ack_pending: 3 }),
        durable('ledger--p0', { num_pending: 4, num_redelivered: 5 }),
      ],
      surroundings,
    );
    expect(status).toMatchObject({
      mode: 'ordered',
      partitions: 2,
      pending: 7,
      unacknowledged: 3,
      redelivered: 5,
      waitingPulls: 1,
      events: ['a.v1.Made'],
      durables: ['ledger--p0', 'ledger--p1', 'ledger--retry'],
    });
  });

  it.each([
    { mode: 'shared', names: ['ledger', 'ledger--retry'], instances: [] },
    { mode: 'broadcast', names: ['ledger--all-i1'], instances: [{ instance: 'i1', partitions: [] }] },
  ])('knows a consumer whose mode is $mode by its durables', ({ mode, names, instances }) => {
    const status = consumerStatus(
      names.map((name) => durable(name)),
      surroundings,
    );
    expect(status).toMatchObject({ mode, instances, partitions: 0 });
  });

  it.each([
    {
      what: 'all are',
      durables: [durable('a', {}, until), durable('b', {}, until)],
      paused: new Date(until),
    },
    { what: 'one is not', durables: [durable('a', {}, until), durable('b')], paused: undefined },
  ])('is paused or not when $what', ({ durables, paused }) => {
    expect(consumerStatus(durables, surroundings).pausedUntil).toEqual(paused);
  });
});
