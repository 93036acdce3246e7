import type { ConsumerConfig } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { eventFile } from '../testing/event-file.ts';
import {
  type ConsumerGroup,
  consumerOfDurable,
  deliversRetries,
  durableChanges,
  durablesOf,
  groupBindings,
  handledBases,
  newDurable,
  partitionDurable,
} from './consumer-group.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { on } from './on.ts';

const fields = { order_id: 'string' };
const { Placed, Sent } = eventFile({
  Placed: { fields, event: { key: 'order_id' } },
  Sent: { fields, event: { key: 'order_id' } },
});
const handler = () => {};
const base = 'evt.shop.orders.v1';
const retries = 'rty.EVT_SHOP_ORDERS.>';

function groupOf(...schemas: readonly (typeof Placed)[]): ConsumerGroup {
  const [group] = groupBindings(schemas.map((schema) => on(schema, { consumer: 'mail' }, handler)));
  return group ?? expect.unreachable('no group');
}
/** A durable as the broker has it after it was made. */
const made = (group: ConsumerGroup, streamSubjects?: readonly string[]) =>
  newDurable(durablesOf(group, streamSubjects)[0]) as ConsumerConfig;

describe('groupBindings()', () => {
  it('puts together what shares consumer and stream', () => {
    const groups = groupBindings([
      on(Placed, { consumer: 'mail' }, handler),
      on(Sent, { consumer: 'mail' }, handler),
      on(Sent, { consumer: 'audit' }, handler),
    ]);
    expect(groups.map(({ consumer, bindings }) => [consumer, bindings.size])).toEqual([
      ['mail', 4],
      ['audit', 2],
    ]);
    expect([...(groups[1]?.bindings.keys() ?? [])]).toEqual([
      `${base}.Sent`,
      'rty.EVT_SHOP_ORDERS.audit.shop.orders.v1.Sent',
    ]);
  });
});

describe('newDurable()', () => {
  const startOf = (startFrom: ConsumerOptions['startFrom'], resumeAfter?: number) => {
    const [main] = durablesOf(
      groupBindings([on(Placed, { consumer: 'c', startFrom }, () => {})])[0] as ConsumerGroup,
    );
    const {
      deliver_policy: policy,
      opt_start_seq: place,
      opt_start_time: time,
    } = newDurable(main, resumeAfter);
    return { policy, place, time };
  };

  it.each([
    { startFrom: undefined, start: { policy: 'all' } },
    { startFrom: 'now' as const, start: { policy: 'new' } },
    { startFrom: 7, start: { policy: 'by_start_sequence', place: 7 } },
    { startFrom: new Date(0), start: { policy: 'by_start_time', time: '1970-01-01T00:00:00.000Z' } },
  ])('begins where its options say: $startFrom', ({ startFrom, start }) => {
    expect(startOf(startFrom)).toEqual({ place: undefined, time: undefined, ...start });
  });

  it('begins behind what is known to be acknowledged, whatever its options say', () => {
    expect(startOf(new Date(0), 4)).toEqual({ policy: 'by_start_sequence', place: 5, time: undefined });
  });

  it('of repetitions begins with the first', () => {
    const group = groupBindings([on(Placed, { consumer: 'c', startFrom: 7 }, () => {})])[0] as ConsumerGroup;
    expect(newDurable(durablesOf(group)[1])).toMatchObject({ deliver_policy: 'all' });
    expect(newDurable(durablesOf(group)[1])).not.toHaveProperty('opt_start_seq');
  });
});

describe('durablesOf()', () => {
  it('reads one type by its subject, several by what they have in common', () => {
    expect(made(groupOf(Placed)).filter_subject).toBe(`${base}.Placed.*.*`);
    expect(made(groupOf(Placed, Sent)).filter_subject).toBe(`${base}.*.*.*`);
  });

  it.each([
    { name: 'all of it', stream: [`${base}.Placed.*.*`, retries], filter: undefined },
    {
      name: 'a part',
      stream: [`${base}.Placed.*.*`, `${base}.Sent.*.*`, retries],
      filter: `${base}.Placed.*.*`,
    },
    {
      name: 'what others put there',
      stream: [`${base}.Placed.*.*`, 'foreign.>', retries],
      filter: `${base}.Placed.*.*`,
    },
  ])('reads a stream of which it handles $name with the filter $filter', ({ stream, filter }) => {
    expect(made(groupOf(Placed), stream).filter_subject).toBe(filter);
  });

  it('has one for repetitions, and one for each partition', () => {
    const [main, again] = durablesOf(groupOf(Placed));
    const partition = partitionDurable(groupOf(Placed, Sent), 3);
    expect([main.name, again.name, partition.name]).toEqual(['mail', 'mail--retry', 'mail--p3']);
    expect([main, again, partition].map(({ name }) => deliversRetries(name))).toEqual([false, true, false]);
    expect(newDurable(again).filter_subject).toBe('rty.EVT_SHOP_ORDERS.mail.>');
    expect(newDurable(partition).filter_subject).toBe(`${base}.*.3.*`);
    expect(consumerOfDurable(newDurable(partition) as ConsumerConfig)).toBe('mail');
  });

  it('tells the broker to give up some deliveries after the consumer does, and never to choose delays', () => {
    expect(made(groupOf(Placed))).toMatchObject({
      max_deliver: 20,
      ack_wait: 10_000_000_000,
      ack_policy: 'explicit',
    });
    expect(made(groupOf(Placed))).not.toHaveProperty('backoff');
  });
});

describe('durableChanges()', () => {
  it('leaves alone what is as it should be', () => {
    const group = groupOf(Placed);
    expect(durableChanges(made(group), durablesOf(group)[0])).toBeUndefined();
  });

  it('reads more for a version that handles more', () => {
    const changes = durableChanges(made(groupOf(Placed)), durablesOf(groupOf(Placed, Sent))[0]);
    expect(changes?.filter_subject).toBe(`${base}.*.*.*`);
    expect(handledBases(changes as ConsumerConfig)).toEqual([`${base}.Placed`, `${base}.Sent`]);
  });

  it('reads no less for a version that handles less', () => {
    const both = groupOf(Placed, Sent);
    expect(durableChanges(made(both), durablesOf(groupOf(Placed))[0])).toBeUndefined();
  });

  it('keeps reading everything where there is no filter', () => {
    const all = made(groupOf(Placed), [`${base}.Placed.*.*`, retries]);
    const changes = durableChanges(all, durablesOf(groupOf(Placed, Sent))[0]);
    expect(changes).not.toHaveProperty('filter_subject');
    expect(handledBases(changes as ConsumerConfig)).toContain(`${base}.Sent`);
  });

  it('follows the options', () => {
    const [group] = groupBindings([
      on(Placed, { consumer: 'mail', maxAttempts: 3, ackWaitMs: 5_000 }, handler),
    ]);
    const changes = durableChanges(made(groupOf(Placed)), durablesOf(group ?? groupOf(Placed))[0]);
    expect(changes).toMatchObject({ max_deliver: 13, ack_wait: 5_000_000_000 });
  });
});
