import { type Bus, on } from '@busline/bus';
import { faultReason } from '@busline/bus/errors';
import { CountedSchema, NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { describe, expect, it } from 'vitest';
import { consume, storedMessages, withManager } from './event-streams.ts';
import { failureOf, type System, until } from './system.ts';
import { withEvents } from './testing/with-events.ts';

describe('events of a later time', () => {
  let system: System;
  let bus: Bus;
  withEvents([NotedSchema, CountedSchema], (begun) => {
    ({ system, bus } = begun);
  });

  const stored = (stream = 'EVT_NOTES') => storedMessages(system.nats.url, stream);
  const waiting = async () => (await stored('SCHEDULES')).map(({ subject }) => subject);

  it('are published when it comes, by whoever is there, with their id, time and attributes', async () => {
    const at = new Date(Date.now() + 700);
    const options = { id: 'n1', at, attributes: { subject: 's' } };
    const published = await bus.publish(NotedSchema, { text: 'later' }, options);
    expect(published).toMatchObject({ id: 'n1', stream: 'SCHEDULES', duplicate: false });
    expect(await stored()).toEqual([]);
    await until('it is published', async () => (await stored()).length === 1);
    const [event] = await stored();
    expect(event?.time.getTime()).toBeGreaterThanOrEqual(at.getTime());
    expect(event?.header.get('ce-id')).toBe('n1');
    expect(event?.header.get('ce-subject')).toBe('s');
    expect(event?.header.get('ce-time')).toBe(at.toISOString());
    expect(event?.header.get('Nats-Msg-Id')).toBe('n1');
    await until('nothing waits any more', async () => (await waiting()).length === 0);
  });

  it('reach their handlers, with the key that they have', async () => {
    const seen: (string | undefined)[] = [];
    await consume(
      bus,
      on(CountedSchema, { consumer: 'count', orderByKey: true }, (_, { key }) => seen.push(key)),
    );
    await bus.publish(CountedSchema, { key: 'k.1' }, { afterMs: 50 });
    await until('it is handled', () => seen.length === 1);
    expect(seen).toEqual(['k.1']);
  });

  it('take the place of one with the same id, and can be taken back', async () => {
    await bus.publish(NotedSchema, { text: 'first' }, { id: 'n1', afterMs: 60_000 });
    await bus.publish(NotedSchema, { text: 'second' }, { id: 'n1', afterMs: 90_000 });
    await bus.publish(NotedSchema, { text: 'other' }, { id: 'n2', afterMs: 60_000 });
    expect(await waiting()).toHaveLength(2);
    expect(await bus.cancelDelayed(NotedSchema, 'n1')).toBe(true);
    expect(await bus.cancelDelayed(NotedSchema, 'n1')).toBe(false);
    expect(await waiting()).toHaveLength(1);
    expect(await bus.schedules()).toEqual([]);
  });

  it('outlive the broker, and are late when it was down at their time; times of a schedule that are over by then do not come', async () => {
    await bus.schedule(NotedSchema, { name: 'often', everyMs: 1_000 }, { text: 'tick' });
    await bus.publish(NotedSchema, { text: 'once' }, { id: 'n1', afterMs: 1_000 });
    await until('a tick came', async () =>
      (await stored()).some(({ data }) => String(data).includes('tick')),
    );
    const diedAtMs = Date.now();
    system.nats.kill();
    await until('some seconds passed', () => Date.now() - diedAtMs > 2_500);
    await system.nats.restart();
    await until('the bus is back', () => bus.state === 'connected', 15_000);
    const backAtMs = Date.now();
    const texts = async () => (await stored()).map(({ header, time }) => ({ id: header.get('ce-id'), time }));
    await until('the delayed one came', async () => (await texts()).some(({ id }) => id === 'n1'), 15_000);
    await until('ticks go on', async () =>
      (await texts()).some(({ id, time }) => id.startsWith('often:') && time.getTime() > backAtMs),
    );
    const ids = (await texts()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // The down time held two or three ticks; at most the one of the restart itself can be made up for.
    const passed = Math.floor((Date.now() - diedAtMs) / 1_000);
    const since = (await texts()).filter(
      ({ id, time }) => id.startsWith('often:') && time.getTime() > diedAtMs,
    );
    expect(since.length).toBeLessThanOrEqual(passed - 1);
    expect(await bus.unschedule('often')).toBe(true);
  }, 60_000);

  it('come once each, however many processes take them along', async () => {
    const other = await system.connect();
    await consume(
      other,
      on(NotedSchema, { consumer: 'mail' }, () => {}),
    );
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        bus.publish(NotedSchema, { text: String(n) }, { id: `n${n}`, afterMs: 200 + (n % 2) }),
      ),
    );
    await until('all are published', async () => (await stored()).length === 40);
    await until('nothing waits any more', async () => (await waiting()).length === 0);
    expect(new Set((await stored()).map(({ header }) => header.get('ce-id'))).size).toBe(40);
  });

  it('wait for their stream when it is full', async () => {
    await withManager(system.nats.url, (manager) => manager.streams.update('EVT_NOTES', { max_msgs: 1 }));
    await bus.publish(NotedSchema, { text: 'fills it' });
    await bus.publish(NotedSchema, { text: 'later' }, { id: 'n1', afterMs: 0 });
    await until('its time has come', async () =>
      (await waiting()).some((subject) => subject.startsWith('due.')),
    );
    await withManager(system.nats.url, (manager) => manager.streams.update('EVT_NOTES', { max_msgs: 10 }));
    await until('it is published', async () => (await stored()).length === 2, 15_000);
  });

  it('come by a schedule that is made once, replaced when it differs, and ended', async () => {
    const nightly = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    expect(await bus.schedule(NotedSchema, nightly, { text: 'report' })).toBe('made');
    const other = await system.connect();
    expect(await other.schedule(NotedSchema, nightly, { text: 'report' })).toBe('kept');
    expect(await other.schedule(NotedSchema, { name: 'hourly', cron: '@hourly' }, { text: 'x' })).toBe(
      'made',
    );
    expect(await bus.schedule(NotedSchema, { ...nightly, cron: '45 2 * * *' }, { text: 'report' })).toBe(
      'replaced',
    );
    expect(await bus.schedules()).toMatchObject([
      { name: 'hourly', timing: { cron: '@hourly' }, type: 'busline.bench.v1.Noted' },
      { name: 'nightly', timing: { cron: '45 2 * * *', timeZone: 'Europe/Berlin' } },
    ]);
    expect(await bus.unschedule('nightly')).toBe(true);
    expect(await bus.unschedule('nightly')).toBe(false);
    // The same again, right after it was ended.
    expect(await bus.schedule(NotedSchema, { ...nightly, cron: '45 2 * * *' }, { text: 'report' })).toBe(
      'made',
    );
    expect((await bus.schedules()).map(({ name }) => name)).toEqual(['hourly', 'nightly']);
  });

  it('say what is wrong with them', async () => {
    await expect(bus.publish(NotedSchema, {}, { at: new Date('x') })).rejects.toThrow(TypeError);
    await expect(bus.publish(NotedSchema, {}, { at: new Date(), afterMs: 1 })).rejects.toThrow('not both');
    await expect(bus.schedule(NotedSchema, { name: 'a b', everyMs: 1_000 }, {})).rejects.toThrow('1 to 200');
    const pattern = await failureOf(bus.schedule(NotedSchema, { name: 'a', cron: '61 * * * *' }, {}));
    expect(faultReason(pattern)).toBe('EVENT_REFUSED');
    expect(pattern.rawMessage).toContain('pattern is invalid');
    await withManager(system.nats.url, (manager) => manager.streams.delete('EVT_BUSLINE_BENCH'));
    const noStream = await failureOf(bus.publish(CountedSchema, { key: 'k' }, { afterMs: 1 }));
    expect(faultReason(noStream)).toBe('NO_STREAM');
  });
});
