import type { MessageInitShape } from '@bufbuild/protobuf';
import { type EventOptionsSchema, WhenFull } from '@busline/schemas/busline/events/v1/options';
import type { StreamConfig } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { eventContract } from '../contract/event-contract.ts';
import { eventFile } from '../testing/event-file.ts';
import { describePlan } from './describe-plan.ts';
import { planStream } from './plan-stream.ts';
import { streamSpecs } from './stream-spec.ts';

const context = { replicas: 1 };
type Stream = MessageInitShape<typeof EventOptionsSchema>['stream'];

function specOf(stream: Stream = {}, names: readonly string[] = ['Placed']) {
  const schemas = eventFile(Object.fromEntries(names.map((name) => [name, { event: { stream } }])));
  const [spec] = streamSpecs(Object.values(schemas).map(eventContract));
  return spec ?? expect.unreachable('no stream');
}

/** The stream as the broker has it after the plan for `stream` was applied. */
function existing(stream: Stream = {}, names?: readonly string[]): StreamConfig {
  return planStream(specOf(stream, names), undefined, context).config as StreamConfig;
}

describe('planStream()', () => {
  it('creates what is not there, within small limits', () => {
    expect(planStream(specOf(), undefined, context)).toMatchObject({
      action: 'create',
      config: {
        name: 'EVT_SHOP_ORDERS',
        subjects: ['evt.shop.orders.v1.Placed.*.*', 'rty.EVT_SHOP_ORDERS.>'],
        retention: 'limits',
        storage: 'file',
        discard: 'new',
        max_age: 7 * 24 * 3600 * 1e9,
        max_bytes: 256 * 1024 * 1024,
        num_replicas: 1,
        metadata: { 'busline.partitions': '16' },
      },
    });
  });

  it('leaves alone what is as it should be', () => {
    expect(planStream(specOf(), existing(), context)).toMatchObject({ action: 'keep', changes: [] });
  });

  it('adds subjects and takes none away', () => {
    const plan = planStream(specOf({}, ['Sent']), existing({}, ['Placed']), context);
    expect(plan.changes).toEqual([{ setting: 'subjects', from: '', to: '+ evt.shop.orders.v1.Sent.*.*' }]);
    expect(plan.safeConfig.subjects).toContain('evt.shop.orders.v1.Placed.*.*');
    expect(plan.safeConfig.subjects).toContain('evt.shop.orders.v1.Sent.*.*');
  });

  it.each<{ name: string; from: Stream; to: Stream; change: object }>([
    {
      name: 'more age',
      from: { maxAge: { seconds: 3600n } },
      to: {},
      change: { setting: 'max_age', from: '1 h', to: '7 d' },
    },
    {
      name: 'more bytes',
      from: { maxBytes: 1000n },
      to: {},
      change: { setting: 'max_bytes', from: '1,000' },
    },
    {
      name: 'no count',
      from: { maxMessages: 5n },
      to: {},
      change: { setting: 'max_messages', from: '5', to: 'none' },
    },
    { name: 'refusing', from: { whenFull: WhenFull.DROP_OLDEST }, to: {}, change: { setting: 'when_full' } },
    {
      name: 'another window',
      from: { duplicateWindow: { seconds: 30n } },
      to: {},
      change: { setting: 'duplicate_window', from: '30 s' },
    },
    {
      name: 'more copies',
      from: {},
      to: { replicas: 3 },
      change: { setting: 'replicas', from: '1', to: '3' },
    },
  ])('makes the harmless change to $name', ({ from, to, change }) => {
    const plan = planStream(specOf(to), existing(from), context);
    expect(plan).toMatchObject({ action: 'update', changes: [change] });
    expect(plan.changes[0]?.harm).toBeUndefined();
    expect(plan.safeConfig).toEqual(plan.config);
  });

  it.each<{ name: string; from: Stream; to: Stream; setting: string }>([
    { name: 'less age', from: {}, to: { maxAge: { seconds: 200n } }, setting: 'max_age' },
    { name: 'less bytes', from: {}, to: { maxBytes: 1000n }, setting: 'max_bytes' },
    { name: 'a count', from: {}, to: { maxMessages: 5n }, setting: 'max_messages' },
    { name: 'dropping', from: {}, to: { whenFull: WhenFull.DROP_OLDEST }, setting: 'when_full' },
    { name: 'fewer copies', from: { replicas: 3 }, to: { replicas: 1 }, setting: 'replicas' },
    { name: 'other partitions', from: {}, to: { partitions: 8 }, setting: 'partitions' },
  ])('holds $name back, and makes the rest', ({ from, to, setting }) => {
    const plan = planStream(specOf(to, ['Placed', 'Sent']), existing(from), context);
    expect(plan.changes.find((change) => change.setting === setting)?.harm).toBeDefined();
    expect(plan.safeConfig.subjects).toContain('evt.shop.orders.v1.Sent.*.*');
    const again = planStream(specOf(to, ['Placed', 'Sent']), plan.safeConfig as StreamConfig, context);
    expect(again.changes.map((change) => change.setting)).toEqual([setting]);
    expect(planStream(specOf(to, ['Placed', 'Sent']), plan.config as StreamConfig, context).action).toBe(
      'keep',
    );
  });

  it('does not touch what the broker cannot change', () => {
    const plan = planStream(specOf(), { ...existing(), storage: 'memory' }, context);
    expect(plan).toMatchObject({
      action: 'blocked',
      changes: [{ setting: 'storage', from: 'memory', to: 'file' }],
    });
  });
});

describe('streamSpecs()', () => {
  it('refuses files that disagree about a stream, and events that share a subject', () => {
    const { A } = eventFile({ A: { event: { stream: { name: 'S', partitions: 2 } } } }, 'a.v1');
    const { B } = eventFile({ B: { event: { stream: { name: 'S', partitions: 3 } } } }, 'b.v1');
    expect(() => streamSpecs([A, B].map(eventContract))).toThrow(
      'stream S: partitions is 2 by a.v1.A, 3 by b.v1.B',
    );
    const { C, D } = eventFile({ C: { event: { subject: 'x' } }, D: { event: { subject: 'x' } } });
    expect(() => streamSpecs([C, D].map(eventContract))).toThrow('have the same subject evt.x');
  });
});

describe('describePlan()', () => {
  it('shows each stream and change, and what would be lost', () => {
    const streams = [
      planStream(specOf(), undefined, context),
      planStream(specOf(), existing(), context),
      planStream(specOf({ maxAge: { seconds: 200n } }), existing(), context),
    ];
    expect(describePlan({ streams })).toEqual([
      '+ EVT_SHOP_ORDERS  create  (shop.orders.v1.Placed)',
      '    keeps 168 h, 256 MiB, 1 copy',
      '= EVT_SHOP_ORDERS  is as the contracts say  (shop.orders.v1.Placed)',
      '~ EVT_SHOP_ORDERS  update  (shop.orders.v1.Placed)',
      '    max_age: 7 d -> 200 s  LOSES: older events are deleted',
    ]);
  });
});
