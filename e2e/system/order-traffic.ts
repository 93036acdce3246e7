import type { Send } from './http-client.ts';
import { keepInFlight, type Load } from './keep-in-flight.ts';

/** One request of the traffic and what came of it. */
export interface Outcome {
  /** `read` is idempotent by its contract (NO_SIDE_EFFECTS); `place` is not. */
  readonly kind: 'place' | 'read';
  readonly orderId: string;
  /** By `performance.now()`. */
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Whether the answer is the right one: the confirmed order that was placed, or read. */
  readonly right: boolean;
  /** The body of a wrong answer. */
  readonly text: string;
}

export interface OrderTraffic extends Load {
  readonly outcomes: readonly Outcome[];
}

export interface OrderTrafficOptions {
  readonly send: Send;
  /** Requests under way at once. */
  readonly lanes: number;
  /** Bought by every order, one piece. */
  readonly sku: string;
  /** Begins the ids of the orders. */
  readonly prefix: string;
}

/** Places an order by its id; safe to repeat. */
export async function placeOrder(
  { send, sku }: Pick<OrderTrafficOptions, 'send' | 'sku'>,
  orderId: string,
): Promise<Outcome> {
  const body = { orderId, customerId: 'soak', lines: [{ sku, quantity: 1 }], paymentToken: 'tok_visa' };
  return await outcomeOf('place', orderId, () => send('POST /v1/orders', { body }));
}

/** Places orders over HTTP and reads them back, in turn on each lane, and notes every outcome. */
export function startOrderTraffic(options: OrderTrafficOptions): OrderTraffic {
  const { send, lanes, prefix } = options;
  const outcomes: Outcome[] = [];
  const lastPlaced = new Map<number, string>();
  const toRead = new Set<number>();
  let orders = 0;
  const load = keepInFlight(lanes, async (lane) => {
    const orderId = lastPlaced.get(lane);
    if (toRead.delete(lane) && orderId !== undefined) {
      outcomes.push(await outcomeOf('read', orderId, () => send(`GET /v1/orders/${orderId}`)));
      return;
    }
    const outcome = await placeOrder(options, `${prefix}-${++orders}`);
    outcomes.push(outcome);
    if (outcome.right) lastPlaced.set(lane, outcome.orderId);
    toRead.add(lane);
  });
  return {
    outcomes,
    get ended() {
      return load.ended;
    },
    passed: (count) => load.passed(count),
    stop: () => load.stop(),
  };
}

async function outcomeOf(
  kind: Outcome['kind'],
  orderId: string,
  request: () => ReturnType<Send>,
): Promise<Outcome> {
  const sentAtMs = performance.now();
  let [status, right, text] = [0, false, ''];
  try {
    const answer = await request();
    const order = answer.json as { orderId?: string; state?: string } | undefined;
    status = answer.status;
    right = status === 200 && order?.orderId === orderId && order.state === 'ORDER_STATE_CONFIRMED';
    text = right ? '' : answer.text;
  } catch (error) {
    text = String(error instanceof Error ? (error.cause ?? error) : error);
  }
  return { kind, orderId, sentAtMs, endedAtMs: performance.now(), status, right, text };
}
