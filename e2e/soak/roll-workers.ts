import { type Outcome, placeOrder, startOrderTraffic } from '../system/order-traffic.ts';
import type { System } from '../system/start-system.ts';
import { shopWorker, startWorkerProcess, type WorkerProcess } from '../system/worker-process.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Requests under way while workers come and go. */
const lanes = 50;

/** How many pieces there are to sell: more than any run does. */
const onHand = 100_000_000;

export interface RollOptions {
  /** A shop without orders workers of its own: `startSystem({ workers: { orders: 0 } })`. */
  readonly system: System;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly random: SeededRandom;
  /** Whether another round shall follow; asked after each. */
  readonly more: (rounds: number) => boolean;
}

/** What the callers saw, and what became of the goods. */
export interface Rolled {
  readonly rounds: number;
  readonly outcomes: readonly Outcome[];
  /** The orders among them that were not confirmed, each sent once more with its id when the workers had rest. */
  readonly repeated: readonly Outcome[];
  /** When each worker got its signal, by `performance.now()`. */
  readonly signalledAtMs: readonly number[];
  /** Exit code of each; null where a signal ended it. */
  readonly exitCodes: readonly (number | null)[];
  /** Orders confirmed to a caller; each is for one piece. */
  readonly sold: number;
  /** Pieces that left the stock or are still reserved. */
  readonly taken: number;
}

/** Under a steady load of orders, ends one of two orders workers, starts another, and so on. */
export async function rollWorkers({ system, signal, random, more }: RollOptions): Promise<Rolled> {
  const { send, stack } = system;
  const sku = `soak-${signal.toLowerCase()}`;
  const unitPrice = { currencyCode: 'EUR', units: '1' };
  await send(`PUT /v1/stock/${sku}`, { body: { displayName: 'Soak', onHand, unitPrice } });

  const start = () => startWorkerProcess({ entry: shopWorker('orders'), natsUrl: stack.natsUrl });
  const workers: WorkerProcess[] = await Promise.all([start(), start()]);
  const signalledAtMs: number[] = [];
  const exitCodes: (number | null)[] = [];
  try {
    const traffic = startOrderTraffic({ send, lanes, sku, prefix: sku });
    try {
      do {
        // Both workers serve by now. So many requests later rather than so long, to be as harsh on any machine.
        await traffic.passed(lanes + random.below(3 * lanes));
        const [leaving] = workers.splice(random.below(workers.length), 1);
        if (leaving === undefined) throw new Error('no worker is left');
        signalledAtMs.push(performance.now());
        leaving.signal(signal);
        const [successor, exitCode] = await Promise.all([start(), leaving.exited]);
        workers.push(successor);
        exitCodes.push(exitCode);
      } while (more(exitCodes.length));
      await traffic.passed(lanes);
    } finally {
      await traffic.stop();
    }
    const placed = traffic.outcomes.filter(({ kind }) => kind === 'place');
    const repeated: Outcome[] = [];
    for (const { orderId } of placed.filter(({ right }) => !right)) {
      repeated.push(await placeOrder({ send, sku }, orderId));
    }
    const { json } = await send(`GET /v1/stock/${sku}`);
    return {
      rounds: exitCodes.length,
      outcomes: traffic.outcomes,
      repeated,
      signalledAtMs,
      exitCodes,
      sold: [...placed, ...repeated].filter(({ right }) => right).length,
      taken: onHand - (json as { available: number }).available,
    };
  } finally {
    for (const worker of workers) worker.signal('SIGTERM');
    await Promise.all(workers.map(({ exited }) => exited));
  }
}
