import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { operation, type RunningOperation } from '@busline/bus';
import {
  CheckoutProgressSchema,
  type OrderService,
  OrderState,
  PlaceOrderRequestSchema,
} from '@busline/schemas/orders/v1/orders';
import { Code, ConnectError, type MethodImpl } from '@connectrpc/connect';
import { createFulfil } from './fulfil.ts';
import type { OrderDependencies } from './give-back.ts';
import { begin } from './order.ts';
import { createSettle } from './settle.ts';

/**
 * Places an order durably: whatever dies meanwhile, the steps are taken until they succeed, one of them refuses, the
 * attempts are used up, or somebody cancels. Then the order is confirmed, or all that it took has been given back.
 */
export function checkoutOrder(
  dependencies: OrderDependencies,
): MethodImpl<typeof OrderService.method.checkoutOrder> {
  const { orders } = dependencies;
  const fulfil = createFulfil(dependencies);
  const settle = createSettle(dependencies);

  return async ({ customerId, lines, paymentToken }, { values, signal }) => {
    const running = operation({ values });
    // The same in every attempt, which so continues the order of the one before.
    const orderId = running?.id ?? randomUUID();
    const request = create(PlaceOrderRequestSchema, { orderId, customerId, lines, paymentToken });
    const now = timestampNow();
    const begun = await orders.update(orderId, (current) => begin(current, request, now));
    if (begun.state !== OrderState.PENDING) return settle(begun);
    const record = await fulfil(begun, {
      onStep: async (step) => void (await running?.progress(CheckoutProgressSchema, { orderId, step })),
      triesAgain: () => isTriedAgain(running, signal),
    });
    return settle(record);
  };
}

/** Whether another attempt follows. There is none for a direct call, after the last one, and once it is cancelled. */
function isTriedAgain(running: RunningOperation | undefined, signal: AbortSignal): boolean {
  if (running === undefined || running.isLast) return false;
  const { reason } = signal;
  return !(signal.aborted && reason instanceof ConnectError && reason.code === Code.Canceled);
}
