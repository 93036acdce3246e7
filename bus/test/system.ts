import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  type Bus,
  type ConnectOptions,
  connect,
  implement,
  type Logger,
  type ServiceOptions,
} from '@busline/bus';
import { startNats, type TestNats, type TestNatsOptions } from '@busline/bus/testing';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { type Client, ConnectError, type ServiceImpl } from '@connectrpc/connect';

/** A broker and whatever a test connects to it; everything ends with `close`. */
export interface System {
  readonly nats: TestNats;
  connect(options?: ConnectOptions): Promise<Bus>;
  /** Starts a worker process, `worker-process.ts` by default, and waits until it serves. */
  fork(environment?: Record<string, string>, file?: string): Promise<ChildProcess>;
  /** Ends every connection and process of the test, so that the next one has the broker to itself. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Drops everything: tests that provoke errors would fill the terminal. */
export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export async function startSystem(options?: TestNatsOptions): Promise<System> {
  const nats = await startNats(options);
  const buses: Bus[] = [];
  const children: ChildProcess[] = [];
  const reset = async (): Promise<void> => {
    const ended = children.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(
      ended.map((child) => {
        child.kill('SIGKILL');
        return once(child, 'exit');
      }),
    );
    await Promise.all(buses.splice(0).map((bus) => bus.drain()));
  };
  return {
    nats,
    async connect(busOptions) {
      const bus = await connect({ servers: nats.url, logger: silent, ...busOptions });
      buses.push(bus);
      return bus;
    },
    async fork(environment = {}, file = './worker-process.ts') {
      const child = fork(new URL(file, import.meta.url), {
        env: { ...process.env, NATS_URL: nats.url, LOG_LEVEL: 'silent', ...environment },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      children.push(child);
      const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
      if (typeof first[0] !== 'object') throw new Error(`the worker process ended with ${String(first[0])}`);
      return child;
    },
    reset,
    async close() {
      await reset();
      await nats.stop();
    },
  };
}

export type Greet = ServiceImpl<typeof GreetService>['sayHello'];

/** Serves `greet.v1.GreetService`, whose one method the contract calls free of side effects. */
export async function serveGreeter(bus: Bus, sayHello: Greet, options?: ServiceOptions) {
  return bus.serve({
    name: 'greeter',
    version: '1.0.0',
    services: [implement(GreetService, { sayHello }, options)],
  });
}

/** Serves `orders.v1.OrderService.PlaceOrder`, which may not run twice. */
export async function serveOrders(
  bus: Bus,
  placeOrder: ServiceImpl<typeof OrderService>['placeOrder'],
  options?: ServiceOptions,
) {
  return bus.serve({
    name: 'orders',
    version: '1.0.0',
    services: [implement(OrderService, { placeOrder }, options)],
  });
}

export function greetClient(
  bus: Bus,
  options?: Parameters<Bus['transport']>[0],
): Client<typeof GreetService> {
  return bus.client(GreetService, options);
}

export function orderClient(bus: Bus): Client<typeof OrderService> {
  return bus.client(OrderService);
}

export function echoClient(bus: Bus): Client<typeof EchoService> {
  return bus.client(EchoService);
}

/** A request that keeps every rule of its contract. */
export const anOrder = {
  customerId: 'ada',
  lines: [{ sku: 'tea', quantity: 1 }],
  paymentToken: 'tok_visa',
};

/** The error a call fails with; a call that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`the call succeeded with ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof ConnectError)) throw outcome.error;
  return outcome.error;
}

/** Waits until `condition` holds; fails naming `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A gate that handlers wait at. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
