import { MAX_INSTANCES } from './arguments.ts';
import type { EventListener } from './events.ts';
import { type System, slotsOf } from './system.ts';

/** What the supervisor can be asked for, from another terminal. One line of JSON each. */
export type Order =
  | { readonly do: 'status' }
  /** So many instances of a worker. */
  | { readonly do: 'scale'; readonly worker: string; readonly count: number }
  /** New instances in the place of old ones, without losing a call. `all` is the edge and every worker. */
  | { readonly do: 'restart'; readonly what: string }
  /** One instance, `orders-2`, finishes its work and goes; or all of a worker. */
  | { readonly do: 'drain'; readonly what: string };

/** What came of it. */
export interface OrderOutcome {
  /** What runs then. */
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

/** An order that cannot be carried out. The message is for whoever gave it. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
}

/** Carries out orders on a system, one after the other. */
export function createControl(
  system: System,
  onEvent: EventListener,
): (order: unknown) => Promise<OrderOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  const workerNamed = (name: string) => {
    const worker = system.workers.get(name);
    if (worker !== undefined) return worker;
    throw new OrderRefused(`there is no worker ${name}; there are ${[...system.workers.keys()].join(', ')}`);
  };

  async function restart(what: string): Promise<void> {
    const targets =
      what === 'all'
        ? [...system.workers.values(), system.edge]
        : [what === system.edge.name ? system.edge : workerNamed(what)];
    const started = performance.now();
    for (const target of targets) await target.replace();
    onEvent({
      type: 'reloaded',
      what: targets.map(({ name }) => name).join(', '),
      elapsedMs: performance.now() - started,
    });
  }

  async function drain(what: string): Promise<void> {
    const worker = [...system.workers.values()].find(({ slots }) => slots.some(({ name }) => name === what));
    if (worker === undefined) await scale(workerNamed(what).name, 0);
    else {
      await worker.remove(what);
      onEvent({ type: 'scaled', name: worker.name, replicas: worker.slots.length });
    }
  }

  async function scale(name: string, count: number): Promise<void> {
    const worker = workerNamed(name);
    if (!Number.isInteger(count) || count < 0 || count > MAX_INSTANCES)
      throw new OrderRefused(`a worker can have 0 to ${MAX_INSTANCES} instances here, not ${count}`);
    await worker.scale(count);
    onEvent({ type: 'scaled', name, replicas: worker.slots.length });
  }

  async function carryOut(order: unknown): Promise<OrderOutcome> {
    const known = readOrder(order);
    if (known.do === 'scale') await scale(known.worker, known.count);
    else if (known.do === 'restart') await restart(known.what);
    else if (known.do === 'drain') await drain(known.what);
    return {
      processes: slotsOf(system).flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }])),
    };
  }

  return (order) => {
    const outcome = last.then(() => carryOut(order));
    last = outcome.catch(() => {});
    return outcome;
  };
}

function readOrder(order: unknown): Order {
  const parts = typeof order === 'object' && order !== null ? (order as Record<string, unknown>) : {};
  const { do: what, worker, count } = parts;
  if (what === 'status') return { do: 'status' };
  if (what === 'scale' && typeof worker === 'string' && typeof count === 'number')
    return { do: what, worker, count };
  if ((what === 'restart' || what === 'drain') && typeof parts.what === 'string')
    return { do: what, what: parts.what };
  throw new OrderRefused('the order is none that this supervisor knows; are both of the same version?');
}
