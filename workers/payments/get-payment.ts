import type { PaymentService } from '@busline/schemas/payments/v1/payments';
import type { MethodImpl } from '@connectrpc/connect';
import { paymentUnknown } from './errors.ts';
import { toPayment } from './payment.ts';
import type { Stores } from './store.ts';

/** Reads one payment. */
export function getPayment({ payments }: Stores): MethodImpl<typeof PaymentService.method.getPayment> {
  return async ({ paymentId }) => {
    const entry = await payments.get(paymentId);
    if (entry === undefined) {
      throw paymentUnknown(paymentId);
    }
    return toPayment(entry.value);
  };
}
