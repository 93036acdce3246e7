import type { DurableWork } from '../durable/durable-work.ts';
import { durableBindings } from '../durable/open-durable-calls.ts';
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

/** What a worker does besides answering calls. */
export interface StoredWork {
  readonly events: Pick<Events, 'consume'>;
  readonly durable: Pick<DurableWork, 'prepare' | 'run'>;
}

/** Something that takes work from a stream. */
interface Taker {
  readonly running: number;
  stop(drainTimeoutMs: number): Promise<void>;
}

/** Longest time `stop` waits for event handlers and durable calls, in milliseconds: as for calls. */
const defaultDrainTimeoutMs = 25_000;

/** Serves first, so that a handler whose event is waiting already finds the services of its own worker. */
export async function openEventWorker(
  context: ServingContext,
  { events, durable }: StoredWork,
  { services = [], events: bindings = [], ...options }: EventWorkerOptions,
): Promise<Worker> {
  if (services.length === 0 && bindings.length === 0) {
    throw new TypeError(`worker ${options.name} does nothing: give it a service or an event to handle`);
  }
  const durables = durableBindings(services);
  // What durable calls are kept in is there before anybody learns of the methods.
  await durable.prepare(durables);
  const serving = await openWorker(context, { ...options, services });
  if (bindings.length === 0 && durables.length === 0) return serving;
  const drainTimeoutMs = options.drainTimeoutMs ?? defaultDrainTimeoutMs;
  const takers: Taker[] = [];
  const leave = async (): Promise<void> => {
    await Promise.all([...takers.map((taker) => taker.stop(drainTimeoutMs)), serving.stop()]);
  };
  try {
    if (bindings.length > 0) takers.push(await events.consume(options.name, bindings));
    if (durables.length > 0) takers.push(await durable.run(durables));
    return new EventWorker(serving, leave, () => takers.reduce((sum, { running }) => sum + running, 0));
  } catch (error) {
    await leave();
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

  stats(): ReturnType<Worker['stats']> {
    return this.#serving.stats();
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
