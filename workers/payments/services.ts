import { type Bus, implement, type ServiceBinding } from '@busline/bus';
import { PaymentService } from '@busline/schemas/payments/v1/payments';
import { chargePayment } from './charge-payment.ts';
import { getPayment } from './get-payment.ts';
import { refundPayment } from './refund-payment.ts';
import { openStores } from './store.ts';

/** What this worker serves, with its store opened. */
export async function services(bus: Bus): Promise<ServiceBinding[]> {
  const stores = await openStores(bus);
  return [
    implement(PaymentService, {
      chargePayment: chargePayment(stores),
      getPayment: getPayment(stores),
      refundPayment: refundPayment(stores),
    }),
  ];
}
