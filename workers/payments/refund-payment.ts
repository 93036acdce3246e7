import { timestampNow } from '@bufbuild/protobuf/wkt';
import type { PaymentService } from '@busline/schemas/payments/v1/payments';
import type { MethodImpl } from '@connectrpc/connect';
import { refund, toPayment } from './payment.ts';
import type { Stores } from './store.ts';

/** Gives a payment back, and voids an id that was not charged. */
export function refundPayment({ payments }: Stores): MethodImpl<typeof PaymentService.method.refundPayment> {
  return async ({ paymentId }) => {
    const now = timestampNow();
    return toPayment(await payments.update(paymentId, (current) => refund(current, { paymentId, now })));
  };
}
