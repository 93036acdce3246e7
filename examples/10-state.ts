// State in JetStream KV: changed by compare-and-set, so that two who change it at once both count.
import { connect } from '@busline/bus';
import { StockItemSchema } from '@busline/schemas/inventory/v1/inventory';

await using bus = await connect();
const stock = await bus.openStore({ bucket: 'example_stock', schema: StockItemSchema });
await stock.delete('tea');
await stock.create('tea', { sku: 'tea', available: 10 });

const take = (quantity: number) =>
  stock.update('tea', (item) => {
    if (item === undefined || item.available < quantity) throw new Error('sold out');
    return { ...item, available: item.available - quantity };
  });
const outcomes = await Promise.allSettled([take(4), take(4), take(4)]);
console.log(outcomes.map(({ status }) => status).join(' '));
console.log(`left: ${(await stock.get('tea'))?.value.available}`);

// Prints:
// fulfilled fulfilled rejected
// left: 2
