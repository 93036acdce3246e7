import { WhenFull } from '@busline/schemas/busline/events/v1/options';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventFile } from '../src/events/testing/event-file.ts';
import { type System, startSystem } from './system.ts';

describe('plan and apply', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.close());

  it('makes the streams once, and changes them without loss unless told otherwise', async () => {
    const bus = await system.connect();
    const version = (partitions: number, whenFull: WhenFull, ...names: readonly string[]) =>
      Object.values(
        eventFile(
          Object.fromEntries(names.map((name) => [name, { event: { stream: { partitions, whenFull } } }])),
        ),
      );
    const first = await bus.planStreams(version(4, WhenFull.DROP_OLDEST, 'A'));
    expect(first.streams.map(({ action }) => action)).toEqual(['create']);
    expect(await bus.applyStreams(first)).toEqual({ created: ['EVT_SHOP_ORDERS'], updated: [], held: [] });
    // Another process that planned the same meanwhile.
    expect((await bus.applyStreams(first)).created).toEqual(['EVT_SHOP_ORDERS']);
    expect(await bus.planStreams(version(4, WhenFull.DROP_OLDEST, 'A'))).toMatchObject({
      streams: [{ action: 'keep', changes: [] }],
    });

    const second = version(8, WhenFull.REFUSE, 'A', 'B');
    const plan = await bus.planStreams(second);
    expect(plan.streams[0]?.changes.map(({ setting, harm }) => [setting, harm !== undefined])).toEqual([
      ['subjects', false],
      ['when_full', false],
      ['partitions', true],
    ]);
    expect(await bus.applyStreams(plan)).toEqual({
      created: [],
      updated: ['EVT_SHOP_ORDERS'],
      held: ['EVT_SHOP_ORDERS'],
    });
    const rest = await bus.planStreams(second);
    expect(rest.streams[0]?.changes.map(({ setting }) => setting)).toEqual(['partitions']);
    // Nothing harmless is left, so nothing is touched.
    expect(await bus.applyStreams(rest)).toMatchObject({ updated: [], held: ['EVT_SHOP_ORDERS'] });
    expect(await bus.applyStreams(rest, { destructive: true })).toMatchObject({
      updated: ['EVT_SHOP_ORDERS'],
      held: [],
    });
    expect((await bus.planStreams(second)).streams[0]?.action).toBe('keep');
  });

  it("passes on JetStream's own words", async () => {
    const bus = await system.connect();
    const { A } = eventFile({ A: { event: { stream: { name: 'COPIED', replicas: 3 } } } });
    const plan = await bus.planStreams([A]);
    await expect(bus.applyStreams(plan)).rejects.toThrow(
      /stream COPIED: replicas > 1 not supported in non-clustered mode/,
    );
  });
});
