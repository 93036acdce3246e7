import { type System, startSystem } from '../system/start-system.ts';
import { durable } from './durable/durable.ts';
import { cluster, events, order } from './events/events.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { judgeDrain, judgeKill, type Verdict } from './judge.ts';
import { outbox } from './outbox/outbox.ts';
import { rollWorkers } from './roll-workers.ts';
import type { SeededRandom } from './seeded-random.ts';
import { run as faults } from './streams/faults.ts';
import { run as memory } from './streams/memory.ts';
import type { Counts, Soak } from './streams/soak.ts';
import { run as streams } from './streams/streams.ts';
import { subscribe } from './subscribe/subscribe.ts';

export interface ProofOptions {
  readonly random: SeededRandom;
  readonly seed: number;
  /** How long it goes on, in seconds, about. */
  readonly seconds: number;
  /** How many inputs, for a proof that counts them. */
  readonly cases?: number | undefined;
  /** Hears, once, where the figures of the run can be looked at; only of proofs that have some. */
  readonly onCounting?: ((counts: () => Counts) => void) | undefined;
  /** Whether another round shall follow; asked after each. */
  readonly more: (rounds: number) => boolean;
}

/** A promise that is put to the test on a system of its own. */
export type Proof = (options: ProofOptions) => Promise<Verdict>;

/** Every proof, by the name the command line knows it by. */
export const proofs: Readonly<Record<string, Proof>> = {
  drain: (options) =>
    withSystem(async (system) => judgeDrain(await rollWorkers({ ...options, system, signal: 'SIGTERM' }))),
  kill: (options) =>
    withSystem(async (system) => judgeKill(await rollWorkers({ ...options, system, signal: 'SIGKILL' }))),
  streams: onTheBus(streams),
  memory: onTheBus(memory),
  faults: onTheBus(faults),
  events: onTheBus(events),
  order: onTheBus(order),
  cluster: onTheBus(cluster),
  durable: onTheBus(durable),
  fuzz: onTheBus(fuzz),
  outbox: onTheBus(outbox),
  subscribe: onTheBus(subscribe),
};

/** A proof that starts its own broker and processes. */
function onTheBus(soak: Soak): Proof {
  return async ({ seconds, seed, cases, onCounting }) => {
    const { ok, counts, violations } = await soak({ seconds, seed, cases, onCounting });
    return { ok, counts, breaches: violations };
  };
}

async function withSystem<T>(work: (system: System) => Promise<T>): Promise<T> {
  const system = await startSystem({ workers: { orders: 0, greeter: 0 } });
  try {
    return await work(system);
  } finally {
    await system.stop();
  }
}
