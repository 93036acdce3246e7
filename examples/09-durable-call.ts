// A call that survives its caller and its worker: stored first, run until it has an outcome, and the same call for the same key.
import { connect, implement, operation } from '@busline/bus';
import { OrderService, OrderState } from '@busline/schemas/orders/v1/orders';
import { Code, ConnectError } from '@connectrpc/connect';

await using bus = await connect();
const orders = implement(OrderService, {
  checkoutOrder({ customerId }, context) {
    const { attempt = 0 } = operation(context) ?? {};
    console.log(`attempt ${attempt}`);
    if (attempt < 2) throw new ConnectError('the payment provider is away', Code.Unavailable);
    return { orderId: 'o-9', customerId, state: OrderState.CONFIRMED };
  },
});
await bus.serve({ name: 'orders', version: '1.0.0', services: [orders] });

const checkout = bus.durable(OrderService.method.checkoutOrder);
const request = { customerId: 'ada', lines: [{ sku: 'tea', quantity: 1 }], paymentToken: 'tok_visa' };
const idempotencyKey = `example-${process.pid}`;
const call = await checkout.start(request, { idempotencyKey });
const same = await checkout.start(request, { idempotencyKey });
console.log(`one call: ${call.id === same.id}`);
console.log(`order ${(await call.wait()).orderId}`);

// Prints, the first two in either order:
// one call: true
// attempt 1
// attempt 2
// order o-9
