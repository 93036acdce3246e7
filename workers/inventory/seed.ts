import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { StockRecordSchema } from '@busline/schemas/inventory/v1/state';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Stores } from './store.ts';

const euro = (units: bigint, cents: number) => ({ currencyCode: 'EUR', units, nanos: cents * 10_000_000 });

const FIRST_GOODS = [
  { sku: 'tea', displayName: 'Green tea, 100 g', onHand: 1000, unitPrice: euro(4n, 90) },
  { sku: 'coffee', displayName: 'Coffee beans, 500 g', onHand: 500, unitPrice: euro(9n, 50) },
  { sku: 'mug', displayName: 'Stoneware mug', onHand: 200, unitPrice: euro(12n, 0) },
  { sku: 'teapot', displayName: 'Cast-iron teapot', onHand: 25, unitPrice: euro(64n, 0) },
];

/** Puts the first goods into an empty shop, so that the first order finds some. Items that exist stay as they are. */
export async function seed({ stock }: Stores): Promise<void> {
  const updateTime = timestampNow();
  await Promise.all(
    FIRST_GOODS.map(async (item) => {
      try {
        await stock.create(item.sku, create(StockRecordSchema, { ...item, updateTime }));
      } catch (error) {
        if (!(error instanceof ConnectError && error.code === Code.AlreadyExists)) {
          throw error;
        }
      }
    }),
  );
}
