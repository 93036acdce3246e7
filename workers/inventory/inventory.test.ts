import { type Bus, connect, on } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { StockChangedSchema } from '@busline/schemas/inventory/v1/events';
import { InventoryService, ReservationState } from '@busline/schemas/inventory/v1/inventory';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';

const unitPrice = { currencyCode: 'EUR', units: 2n, nanos: 500_000_000 };

/** The code, reason and metadata of the error that a call fails with. */
async function refusalOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
  const info = error?.findDetails(ErrorInfoSchema)[0];
  return { code: error?.code, reason: info?.reason, metadata: info?.metadata };
}

describe('inventory', () => {
  let nats: TestNats;
  let buses: Bus[];
  let inventory: Client<typeof InventoryService>;

  beforeAll(async () => {
    nats = await startNats();
    // Two instances that share nothing but the stores, and a caller beside them.
    buses = await Promise.all([1, 2, 3].map(() => connect({ servers: nats.url })));
    await buses[0]?.applyStreams(await buses[0].planStreams([StockChangedSchema]));
    for (const bus of buses.slice(0, 2)) {
      await bus.serve({ name: 'inventory', version: '1.0.0', services: await services(bus) });
    }
    inventory = createClient(InventoryService, buses[2]?.transport() ?? expect.fail('no caller'));
  });

  afterAll(async () => {
    await Promise.all((buses ?? []).map((bus) => bus.drain()));
    await nats?.stop();
  });

  const put = (sku: string, onHand: number) =>
    inventory.setStock({ sku, displayName: `The ${sku}`, onHand, unitPrice });
  const reserve = (reservationId: string, quantities: Record<string, number>) =>
    inventory.reserveStock({
      reservationId,
      lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
    });

  it('has goods from the start', async () => {
    const { items } = await inventory.listStock({});

    expect(items.map(({ sku }) => sku)).toEqual(expect.arrayContaining(['coffee', 'mug', 'tea']));
  });

  it('tells of every item what there is at last, and of no change that was refused', async () => {
    const heard = new Map<string, { onHand: number; available: number }[]>();
    await buses[2]?.serve({
      name: 'listener',
      version: '1.0.0',
      events: [
        on(StockChangedSchema, { consumer: 'listener', orderByKey: true }, ({ sku, onHand, available }) => {
          heard.set(sku, [...(heard.get(sku) ?? []), { onHand, available }]);
        }),
      ],
    });
    await put('samovar', 50);
    await Promise.all(Array.from({ length: 20 }, (_, n) => reserve(`samovars-${n}`, { samovar: 1 })));
    await inventory.commitReservation({ reservationId: 'samovars-1' });
    await refusalOf(reserve('too-many', { samovar: 1_000 }));
    const last = { onHand: 49, available: 30 };
    await expect.poll(() => heard.get('samovar')?.at(-1), { timeout: 15_000 }).toEqual(last);
    // Nothing comes behind it that did not happen, and what there is never grows while all buy.
    const told = (heard.get('samovar') ?? []).map(({ available }) => available);
    expect(told).toEqual(told.toSorted((a, b) => b - a));
    expect(told.length).toBeLessThanOrEqual(22);
  });

  it('lists page by page', async () => {
    const first = await inventory.listStock({ pageSize: 2 });
    const second = await inventory.listStock({ pageSize: 1000, pageToken: first.nextPageToken });
    const all = await inventory.listStock({ pageSize: 1000 });

    expect(first.items).toHaveLength(2);
    expect(second.nextPageToken).toBe('');
    expect([...first.items, ...second.items]).toEqual(all.items);
  });

  it('moves goods from available to reserved to sold', async () => {
    await put('spoon', 10);
    const held = await reserve('spoons', { spoon: 4 });
    const whileHeld = await inventory.getStock({ sku: 'spoon' });
    const sold = await inventory.commitReservation({ reservationId: 'spoons' });
    const afterwards = await inventory.getStock({ sku: 'spoon' });

    expect(held).toMatchObject({ state: ReservationState.HELD, total: { currencyCode: 'EUR', units: 10n } });
    expect(whileHeld).toMatchObject({ onHand: 10, reserved: 4, available: 6 });
    expect(sold).toMatchObject({ state: ReservationState.COMMITTED });
    expect(afterwards).toMatchObject({ onHand: 6, reserved: 0, available: 6 });
  });

  it('takes the goods of a repeated call once, also when the calls run at the same time', async () => {
    await put('fork', 10);
    const answers = await Promise.all(Array.from({ length: 10 }, () => reserve('forks', { fork: 3 })));
    const held = await inventory.getStock({ sku: 'fork' });
    const release = () => inventory.releaseReservation({ reservationId: 'forks' });
    await Promise.all([release(), release(), release()]);

    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set([ReservationState.HELD]));
    expect(held).toMatchObject({ onHand: 10, reserved: 3 });
    expect(await inventory.getStock({ sku: 'fork' })).toMatchObject({ onHand: 10, reserved: 0 });
  });

  it('sells, and takes back what was sold, once', async () => {
    await put('knife', 10);
    await reserve('knives', { knife: 3 });
    const commit = () => inventory.commitReservation({ reservationId: 'knives' });
    await Promise.all([commit(), commit(), commit()]);
    const sold = await inventory.getStock({ sku: 'knife' });
    const release = () => inventory.releaseReservation({ reservationId: 'knives' });
    await Promise.all([release(), release(), release()]);

    expect(sold).toMatchObject({ onHand: 7, reserved: 0 });
    expect(await inventory.getStock({ sku: 'knife' })).toMatchObject({ onHand: 10, reserved: 0 });
    expect(await refusalOf(commit())).toMatchObject({ reason: 'RESERVATION_NOT_HELD' });
  });

  it('takes all lines or none, and the same id may be tried again', async () => {
    await put('cup', 10);
    await put('saucer', 1);
    const refusal = await refusalOf(reserve('set', { cup: 2, saucer: 2 }));
    const cups = await inventory.getStock({ sku: 'cup' });
    await put('saucer', 2);

    expect(refusal).toEqual({
      code: Code.FailedPrecondition,
      reason: 'OUT_OF_STOCK',
      metadata: { sku: 'saucer', requested: '2', available: '1' },
    });
    expect(cups).toMatchObject({ onHand: 10, reserved: 0 });
    expect(await reserve('set', { cup: 2, saucer: 2 })).toMatchObject({ state: ReservationState.HELD });
  });

  it('gives back the lines it took when several callers want the last of another line', async () => {
    await put('plate', 100);
    await put('bowl', 3);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => reserve(`dinner-${index}`, { plate: 1, bowl: 1 })),
    );
    const items = await Promise.all(['plate', 'bowl'].map((sku) => inventory.getStock({ sku })));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(items.map(({ reserved }) => reserved)).toEqual([3, 3]);
  });

  it('sells 50 pieces to 200 callers exactly 50 times', async () => {
    await put('vase', 50);
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        reserve(`vase-${index}`, { vase: 1 }).then(
          () => 'reserved',
          (error: unknown) => ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason,
        ),
      ),
    );

    expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === 'OUT_OF_STOCK')).toHaveLength(150);
    expect(await inventory.getStock({ sku: 'vase' })).toMatchObject({
      onHand: 50,
      reserved: 50,
      available: 0,
    });
  });

  it('bars an id that was released before it was reserved', async () => {
    await put('jug', 5);
    const released = await inventory.releaseReservation({ reservationId: 'early' });

    expect(released).toMatchObject({ state: ReservationState.RELEASED, lines: [] });
    expect(await refusalOf(reserve('early', { jug: 1 }))).toMatchObject({
      code: Code.FailedPrecondition,
      reason: 'RESERVATION_RELEASED',
    });
    expect(await inventory.getStock({ sku: 'jug' })).toMatchObject({ reserved: 0 });
  });

  it('keeps reserved goods when an item is set', async () => {
    await put('pan', 5);
    await reserve('pans', { pan: 3 });

    expect(await put('pan', 20)).toMatchObject({ onHand: 20, reserved: 3, available: 17 });
    expect(await refusalOf(put('pan', 2))).toMatchObject({
      code: Code.FailedPrecondition,
      reason: 'STOCK_RESERVED',
    });
  });

  it('leaves what was set alone when another instance starts', async () => {
    const tea = await inventory.setStock({ sku: 'tea', displayName: 'Our tea', onHand: 7, unitPrice });
    await services(buses[2] ?? expect.fail('no bus'));

    expect(await inventory.getStock({ sku: 'tea' })).toEqual(tea);
  });

  it.each([
    { name: 'an unknown item', call: () => inventory.getStock({ sku: 'nothing' }), reason: 'SKU_UNKNOWN' },
    {
      name: 'a reservation of an unknown item',
      call: () => reserve('x', { nothing: 1 }),
      reason: 'SKU_UNKNOWN',
    },
    {
      name: 'an unknown reservation',
      call: () => inventory.commitReservation({ reservationId: 'nothing' }),
      reason: 'RESERVATION_UNKNOWN',
    },
  ])('does not find $name', async ({ call, reason }) => {
    expect(await refusalOf(call())).toMatchObject({ code: Code.NotFound, reason });
  });

  it.each([
    { name: 'no lines', lines: [] },
    { name: 'a quantity of zero', lines: [{ sku: 'tea', quantity: 0 }] },
    { name: 'one item twice', lines: [1, 2].map((quantity) => ({ sku: 'tea', quantity })) },
    { name: 'a malformed SKU', lines: [{ sku: 'Tea!', quantity: 1 }] },
  ])('refuses a reservation with $name', async ({ lines }) => {
    const call = inventory.reserveStock({ reservationId: 'invalid', lines });

    expect(await refusalOf(call)).toMatchObject({ code: Code.InvalidArgument });
  });
});
