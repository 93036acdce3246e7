import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { StockChangedSchema } from '@busline/schemas/inventory/v1/events';
import { InventoryService } from '@busline/schemas/inventory/v1/inventory';
import { type Client, Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from './services.ts';

const unitPrice = { currencyCode: 'EUR', units: 2n, nanos: 500_000_000 };

interface Line {
  readonly sku: string;
  readonly displayName: string;
  readonly onHand: number;
  readonly unitPrice: typeof unitPrice;
}

const line = (sku: string, onHand: number): Line => ({
  sku,
  displayName: `The ${sku}`,
  onHand,
  unitPrice,
});

async function* each(lines: readonly Line[]): AsyncIterable<Line> {
  yield* lines;
}

describe('importStock', () => {
  let nats: TestNats;
  let buses: Bus[];
  let inventory: Client<typeof InventoryService>;

  beforeAll(async () => {
    nats = await startNats();
    const [worker, caller] = [await connect({ servers: nats.url }), await connect({ servers: nats.url })];
    buses = [worker, caller];
    await worker.applyStreams(await worker.planStreams([StockChangedSchema]));
    await worker.serve({ name: 'inventory', version: '1.0.0', services: await services(worker) });
    inventory = createClient(InventoryService, caller.transport());
  });

  afterAll(async () => {
    await Promise.all((buses ?? []).map((bus) => bus.drain()));
    await nats?.stop();
  });

  it('creates, changes and leaves items, and counts each', async () => {
    await inventory.setStock(line('cork', 1));
    await inventory.setStock(line('lid', 5));
    const outcome = await inventory.importStock(each([line('cork', 2), line('lid', 5), line('seal', 3)]));

    expect(outcome).toMatchObject({
      createdCount: 1,
      updatedCount: 1,
      unchangedCount: 1,
      refusedCount: 0,
      refusedLines: [],
    });
    expect(await inventory.getStock({ sku: 'cork' })).toMatchObject({ onHand: 2 });
    expect(await inventory.getStock({ sku: 'seal' })).toMatchObject({ onHand: 3, displayName: 'The seal' });
  });

  it('takes 2,000 lines, and changes nothing when they come again', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => line(`part-${index}`, index));
    const first = await inventory.importStock(each(lines));
    const stored = await inventory.getStock({ sku: 'part-1999' });
    const again = await inventory.importStock(each(lines));

    expect(first).toMatchObject({ createdCount: 2_000, unchangedCount: 0 });
    expect(again).toMatchObject({ createdCount: 0, updatedCount: 0, unchangedCount: 2_000 });
    expect(await inventory.getStock({ sku: 'part-1999' })).toEqual(stored);
  });

  it('lets the later of two lines for one item stand', async () => {
    const counts = Array.from({ length: 50 }, (_, index) => index + 1);
    const outcome = await inventory.importStock(each(counts.map((onHand) => line('twin', onHand))));

    expect(outcome).toMatchObject({ createdCount: 1, updatedCount: 49 });
    expect(await inventory.getStock({ sku: 'twin' })).toMatchObject({ onHand: 50 });
  });

  it('tells the lines that are refused, and applies the others', async () => {
    await inventory.setStock(line('bell', 10));
    await inventory.reserveStock({ reservationId: 'bells', lines: [{ sku: 'bell', quantity: 4 }] });
    const outcome = await inventory.importStock(each([line('gong', 1), line('bell', 3), line('drum', 1)]));

    expect(outcome).toMatchObject({
      createdCount: 2,
      refusedCount: 1,
      refusedLines: [
        {
          lineNumber: 2,
          sku: 'bell',
          reason: 'STOCK_RESERVED',
          message: '4 pieces of "bell" are reserved, so on_hand cannot be 3. Release reservations first.',
        },
      ],
    });
    expect(await inventory.getStock({ sku: 'bell' })).toMatchObject({ onHand: 10 });
  });

  it('counts all refused lines, and tells the first thousand in order', async () => {
    await inventory.setStock(line('hook', 1));
    await inventory.reserveStock({ reservationId: 'hooks', lines: [{ sku: 'hook', quantity: 1 }] });
    const outcome = await inventory.importStock(each(Array.from({ length: 2_500 }, () => line('hook', 0))));

    expect(outcome.refusedCount).toBe(2_500);
    expect(outcome.refusedLines.map(({ lineNumber }) => lineNumber)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    );
  });

  it('answers an import without lines', async () => {
    expect(await inventory.importStock(each([]))).toMatchObject({ createdCount: 0, refusedCount: 0 });
  });

  it('ends with INVALID_ARGUMENT at a line that breaks the contract', async () => {
    const call = inventory.importStock(each([line('well-formed', 1), line('Not a SKU', 1)]));

    await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it('keeps what was applied when the caller hangs up', async () => {
    const caller = new AbortController();
    async function* lines(): AsyncIterable<Line> {
      yield line('anchor', 1);
      await expect.poll(() => inventory.getStock({ sku: 'anchor' }).catch(() => undefined)).toBeDefined();
      caller.abort();
    }

    await expect(inventory.importStock(lines(), { signal: caller.signal })).rejects.toMatchObject({
      code: Code.Canceled,
    });
    expect(await inventory.getStock({ sku: 'anchor' })).toMatchObject({ onHand: 1 });
  });
});
