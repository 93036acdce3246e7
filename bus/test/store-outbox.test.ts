import { create, fromBinary } from '@bufbuild/protobuf';
import type { Bus, Store } from '@busline/bus';
import { faultReason } from '@busline/bus/errors';
import { type Counted, CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { applyStreams, consumerInfo, storedMessages, withManager } from './event-streams.ts';
import { failureOf, type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('a store with an outbox', () => {
  let system: System;
  let bus: Bus;
  withEvents([CountedSchema, NotedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  type Counters = Store<typeof CountedSchema>;
  const open = (by: Bus = bus): Promise<Counters> =>
    by.openStore({ bucket: 'counters', schema: CountedSchema, outbox: true });
  /** Adds one to a counter, and tells of it. */
  const count = (store: Counters, key: string) =>
    store.update(key, (current, emit) => {
      const number = (current?.number ?? 0n) + 1n;
      emit(CountedSchema, { key, number }, { id: `${key}-${number}` });
      return create(CountedSchema, { key, number });
    });
  const ids = async (stream = 'EVT_BUSLINE_BENCH') =>
    (await storedMessages(system.nats.url, stream)).map(({ header }) => header.get('ce-id'));
  const pending = async (key: string) =>
    await withManager(system.nats.url, async (manager) => {
      const entry = await manager.direct.getMessage('KV_counters', { last_by_subj: `$KV.counters.${key}` });
      return entry?.header.get('bl-outbox') ?? '';
    });
  const relayed = () =>
    until('the outbox is through', async () => {
      const info = await consumerInfo(system.nats.url, 'KV_counters', 'outbox');
      return info.num_pending + info.num_ack_pending === 0;
    });

  it('publishes what a change emits, in order within a key, and forgets it then', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 20 }, (_, n) => count(store, `k${n % 2}`)));
    await until('all are published', async () => (await ids()).length === 20);
    for (const key of ['k0', 'k1']) {
      const own = (await ids()).filter((id) => id.startsWith(key));
      expect(own).toEqual(Array.from({ length: 10 }, (_, n) => `${key}-${n + 1}`));
      await until('nothing waits', async () => (await pending(key)) === '');
      expect((await store.get(key))?.value.number).toBe(10n);
    }
  });

  it('publishes nothing of a change that throws, writes nothing, or lost its race', async () => {
    const [store, other] = [await open(), await open(await system.connect())];
    const refuse = store.update('k', (_, emit): Counted => {
      emit(CountedSchema, { key: 'k', number: 99n });
      throw new RangeError('not today');
    });
    await expect(refuse).rejects.toThrow('not today');
    await count(store, 'k');
    await store.update('k', (current, emit) => {
      emit(CountedSchema, { key: 'k', number: 98n });
      return current;
    });
    // Each runs its change again whenever the other was first.
    await Promise.all(Array.from({ length: 20 }, (_, n) => count(n % 2 === 0 ? store : other, 'k')));
    await until('all are published', async () => (await ids()).length >= 21);
    await relayed();
    expect(await ids()).toEqual(Array.from({ length: 21 }, (_, n) => `k-${n + 1}`));
  });

  it('keeps what waits through changes that know nothing of it', async () => {
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_BUSLINE_BENCH'));
    const store = await open();
    await count(store, 'k');
    const plain = await bus.openStore({ bucket: 'counters', schema: CountedSchema });
    await plain.update('k', (current) => ({ ...(current as Counted), payload: new Uint8Array([1]) }));
    await plain.updateOnce('k', 'cause', (current) => ({
      ...(current as Counted),
      payload: new Uint8Array([2]),
    }));
    expect((await failureOf(plain.delete('k'))).code).toBe(Code.FailedPrecondition);
    await applyStreams(bus, CountedSchema);
    await until('it is published', async () => (await ids()).length === 1, 15_000);
    await until('nothing waits', async () => (await pending('k')) === '');
    const again = await plain.updateOnce('k', 'cause', () => create(CountedSchema));
    expect(again).toMatchObject({ repeated: true, value: { number: 1n } });
    expect(again.value?.payload[0]).toBe(2);
  });

  it('emits once for a cause that comes again', async () => {
    const store = await open();
    const handle = () =>
      store.updateOnce('k', 'e1', (current, emit) => {
        emit(NotedSchema, { text: 'told' });
        return create(CountedSchema, { key: 'k', number: (current?.number ?? 0n) + 1n });
      });
    expect([(await handle()).repeated, (await handle()).repeated]).toEqual([false, true]);
    await until('it is published', async () => (await ids('EVT_NOTES')).length === 1);
    await relayed();
    expect(await ids('EVT_NOTES')).toHaveLength(1);
  });

  it('has others publish what a killed process had committed', async () => {
    // Without a stream for them it can publish none.
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_BUSLINE_BENCH'));
    const child = await system.fork({ KEYS: '5' }, './committing-process.ts');
    child.kill('SIGKILL');
    expect(await pending('k1')).not.toBe('');
    await applyStreams(bus, CountedSchema);
    await open();
    await until('all are published', async () => (await ids()).length === 5, 15_000);
    expect((await ids()).toSorted()).toEqual(['k1-1', 'k2-1', 'k3-1', 'k4-1', 'k5-1']);
  });

  it('publishes what waits before it deletes a key', async () => {
    const store = await open();
    await count(store, 'k');
    await store.delete('k');
    expect(await store.get('k')).toBeUndefined();
    expect(await ids()).toEqual(['k-1']);
    expect(await count(store, 'k')).toMatchObject({ number: 1n });
  });

  it('lets no more wait with a key than it has room for, and no event that is too large', async () => {
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_BUSLINE_BENCH'));
    const store = await open();
    const emit = (bytes: number) =>
      store.update('k', (current, emitEvent) => {
        emitEvent(CountedSchema, { key: 'k', payload: new Uint8Array(bytes) });
        return create(CountedSchema, { key: 'k', number: (current?.number ?? 0n) + 1n });
      });
    expect(faultReason(await failureOf(emit(50_000)))).toBe('MESSAGE_TOO_LARGE');
    await emit(15_000);
    await emit(15_000);
    expect(faultReason(await failureOf(emit(15_000)))).toBe('OUTBOX_FULL');
    expect((await store.get('k'))?.value.number).toBe(2n);
  });

  it('lets an event take the place of those that wait, but for the first, if it is told to', async () => {
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_BUSLINE_BENCH'));
    const store = await open();
    // Together, and in one write after another: more than could wait.
    const changes = Array.from(
      { length: 600 },
      (_, n) => () =>
        store.update('k', (_current, emit) => {
          const counted = { key: 'k', number: BigInt(n) };
          emit(CountedSchema, counted, { replacesWaiting: true });
          emit(CountedSchema, { ...counted, key: 'other' }, { replacesWaiting: true });
          return create(CountedSchema, counted);
        }),
    );
    await Promise.all(changes.slice(0, 590).map((change) => change()));
    for (const change of changes.slice(590)) await change();
    await applyStreams(bus, CountedSchema);
    await until('they are published', async () => (await ids()).length >= 3, 15_000);
    await until('nothing waits', async () => (await pending('k')) === '');
    const stored = await storedMessages(system.nats.url, 'EVT_BUSLINE_BENCH');
    expect(
      stored.map(({ subject, data }) => [subject.split('.').at(-1), fromBinary(CountedSchema, data).number]),
    ).toEqual([
      ['k', 0n],
      ['k', 599n],
      ['other', 599n],
    ]);
  });

  it('is asked for by name', async () => {
    const plain = await bus.openStore({ bucket: 'counters', schema: CountedSchema });
    await expect(count(plain, 'k')).rejects.toThrow('open the store with "outbox: true"');
    await expect(plain.get('a b')).rejects.toThrow();
    expect((await failureOf(plain.update('a b', () => undefined))).code).toBe(Code.InvalidArgument);
  });
});
