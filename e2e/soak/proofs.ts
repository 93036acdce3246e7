import { type System, startSystem } from '../system/start-system.ts';
import { judgeDrain, judgeKill, type Verdict } from './judge.ts';
import { rollWorkers } from './roll-workers.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface ProofOptions {
  readonly random: SeededRandom;
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
};

async function withSystem<T>(work: (system: System) => Promise<T>): Promise<T> {
  const system = await startSystem({ workers: { orders: 0, greeter: 0 } });
  try {
    return await work(system);
  } finally {
    await system.stop();
  }
}
