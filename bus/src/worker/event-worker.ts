import type { EventBinding } from '../events/consume/on.ts';
import type { Events } from '../events/events.ts';
import type { ServingContext } from '../rpc/server/service-server.ts';
import { openWorker, type Worker, type WorkerOptions } from './open-worker.ts';

/** A worker as its process describes it: what it serves, what events it handles, or both. */
export interface EventWorkerOptions extends Omit<WorkerOptions, 'services'> {
  readonly services?: WorkerOptions['services'];
  /** Events it handles, by `on`. */
  readonly events?: readonly EventBinding[];
}

/** Longest time `stop` waits for event handlers, in milliseconds: as for calls. */
const defaultDrainTimeoutMs = 25_000;

/** Serves first, so that a handler whose event is waiting already finds the services of its own worker. */
export async function openEventWorker(
  context: ServingContext,
  events: Events,
  { services = [], events: bindings = [], ...options }: EventWorkerOptions,
): Promise<Worker> {
  if (services.length === 0 && bindings.length === 0) {
    throw new TypeError(`worker ${options.name} does nothing: give it a service or an event to handle`);
  }
  const serving = await openWorker(context, { ...options, services });
  if (bindings.length === 0) return serving;
  try {
    const consumers = await events.consume(options.name, bindings);
    return new EventWorker(
      serving,
      async () => {
        const drainTimeoutMs = options.drainTimeoutMs ?? defaultDrainTimeoutMs;
        await Promise.all([consumers.stop(drainTimeoutMs), serving.stop()]);
      },
      () => consumers.running,
    );
  } catch (error) {
    await serving.stop();
    throw error;
  }
}

class EventWorker implements Worker {
  readonly #serving: Worker;
  readonly #leave: () => Promise<void>;
  readonly #handling: () => number;
  #stopping: Promise<void> | undefined;

  constructor(serving: Worker, leave: () => Promise<void>, handling: () => number) {
    this.#serving = serving;
    this.#leave = leave;
    this.#handling = handling;
  }

  get name(): string {
    return this.#serving.name;
  }

  get contractBreaks(): Worker['contractBreaks'] {
    return this.#serving.contractBreaks;
  }

  get underWay(): number {
    return this.#serving.underWay + this.#handling();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }
}
