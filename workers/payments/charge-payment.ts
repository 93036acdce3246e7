import { timestampNow } from '@bufbuild/protobuf/wkt';
import { type PaymentService, PaymentState } from '@busline/schemas/payments/v1/payments';
import type { MethodImpl } from '@connectrpc/connect';
import { cardDeclined } from './errors.ts';
import { charge, toPayment } from './payment.ts';
import type { Stores } from './store.ts';

/** Charges a card once per payment id. A decline is recorded too, so that a repeated call is declined again. */
export function chargePayment({ payments }: Stores): MethodImpl<typeof PaymentService.method.chargePayment> {
  return async (request) => {
    const now = timestampNow();
    const record = await payments.update(request.paymentId, (current) => charge(current, request, now));
    if (record.state === PaymentState.DECLINED) {
      throw cardDeclined(request.paymentId);
    }
    return toPayment(record);
  };
}
