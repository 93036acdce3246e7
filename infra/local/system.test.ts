import { expect, it, onTestFinished, vi } from 'vitest';
import type { StackEvent } from './events.ts';
import type { Replicas } from './replicas.ts';
import { stopSystem } from './system.ts';

/** Replicas of which one runs until `ended`. */
function running(name: string, ended: Promise<void>): Replicas {
  let pid: number | undefined = 1;
  const slot = {
    name,
    logFile: '',
    get pid() {
      return pid;
    },
    start: async () => {},
    replace: async () => {},
    stop: async () => {},
    kill: () => {},
    signal: () => {},
  };
  return {
    name,
    slots: [slot],
    start: async () => {},
    replace: async () => {},
    scale: async () => {},
    remove: async () => false,
    async stop() {
      await ended;
      pid = undefined;
    },
  };
}

it('says what it waits for while stopping takes long', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const [orders, nats] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const events: StackEvent[] = [];
  const stopping = stopSystem(
    {
      nats: running('nats', nats.promise),
      edge: running('edge-1', Promise.resolve()),
      workers: new Map([['orders', running('orders-1', orders.promise)]]),
    },
    (event) => events.push(event),
  );
  await vi.advanceTimersByTimeAsync(2_000);
  orders.resolve();
  await vi.advanceTimersByTimeAsync(10_000);
  nats.resolve();
  await stopping;
  expect(events).toEqual([
    { type: 'waiting', what: 'orders-1' },
    { type: 'waiting', what: 'nats, which writes its state down' },
  ]);
});
