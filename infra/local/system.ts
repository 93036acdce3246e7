import { withHeartbeat } from '../process/heartbeat.ts';
import type { EventListener } from './events.ts';
import { all, type Replicas } from './replicas.ts';
import type { Slot } from './slot.ts';

/** Everything that runs. Workers come and go while watching; the rest stays. */
export interface System {
  /** Absent when the NATS server was there before. */
  readonly nats: Replicas | undefined;
  readonly edge: Replicas;
  readonly workers: Map<string, Replicas>;
}

export function slotsOf({ nats, edge, workers }: System): Slot[] {
  return [nats, edge, ...workers.values()].flatMap((replicas) => replicas?.slots ?? []);
}

/**
 * Starts NATS, has `prepare` make the streams that workers expect, then starts everything else at once. While that
 * takes long, says what it waits for.
 *
 * @throws StartFailure of the first process that did not become ready; what `prepare` throws.
 */
export async function startSystem(
  system: System,
  onEvent: EventListener,
  prepare: () => Promise<void>,
): Promise<void> {
  const missing = () => slotsOf(system).filter(({ pid }) => pid === undefined);
  await withHeartbeat(
    () =>
      missing()
        .map(({ name }) => name)
        .join(', '),
    (what) => onEvent({ type: 'waiting', what }),
    async () => {
      await system.nats?.start();
      await prepare();
      await all([system.edge, ...system.workers.values()], (replicas) => replicas.start());
    },
  );
}

/**
 * Stops what calls others before what is called: the edge finishes the requests it has while the workers still
 * answer, and the workers theirs while NATS still carries them. While that takes long, says what it waits for: handlers that
 * are not done, or JetStream, which writes its state down (some 3 s, measured, on a laptop that is busy).
 */
export async function stopSystem(system: System, onEvent: EventListener): Promise<void> {
  const { nats, edge, workers } = system;
  const running = () => slotsOf({ ...system, nats: undefined }).filter(({ pid }) => pid !== undefined);
  await withHeartbeat(
    () =>
      running()
        .map(({ name }) => name)
        .join(', ') || 'nats, which writes its state down',
    (what) => onEvent({ type: 'waiting', what }),
    async () => {
      await edge.stop();
      await all([...workers.values()], (replicas) => replicas.stop());
      await nats?.stop();
    },
  );
}
