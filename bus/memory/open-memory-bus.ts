import type { DescMessage } from '@bufbuild/protobuf';
import { type Bus, joinBus } from '../src/bus.ts';
import type { Logger } from '../src/connection/logger.ts';
import { type ConnectOptions, completeOptions } from '../src/connection/options.ts';
import type { FakeClock } from './fake-clock.ts';
import { createMemoryBroker, type MemoryBroker } from './memory-broker.ts';

/** As `connect` takes them. The default of `logger` writes failures alone, to standard error. */
export interface MemoryBusOptions extends Omit<ConnectOptions, 'servers' | 'nats'> {
  /** Events whose streams are there from the start, as `npm run events -- apply` makes them. Default none. */
  readonly events?: Iterable<DescMessage>;
  /** The broker to join, so that several processes can be played. Default: one of its own, which ends with the bus. */
  readonly broker?: MemoryBroker;
  /** The clock of the broker of its own. Default: real time. */
  readonly clock?: FakeClock;
}

/**
 * A test tells its own story; what the bus logs beside it would fill the terminal. But what a handler threw reaches no
 * caller, by design, and whoever looks for it looks here.
 */
const failuresOnly: Logger = {
  debug() {},
  info() {},
  // An event that fails comes again, and says the same again: a line each.
  warn(fields, message) {
    if ('err' in fields) console.warn(`${message}: ${String(fields.err)}`);
  },
  error(fields, message) {
    console.error(message, 'err' in fields ? fields.err : fields);
  },
};

/**
 * A bus without a broker beside it, for tests of workers: everything of `Bus` but in this process, over a stand-in for
 * the broker that keeps nothing. It takes milliseconds to open.
 *
 * What it is not: proof of anything about brokers. Whatever a worker does when a broker dies, or a machine, is tested
 * with `startNats()` of `@busline/bus/testing`.
 *
 * @throws TypeError for options that cannot be used.
 */
export async function openMemoryBus(options: MemoryBusOptions = {}): Promise<Bus> {
  const { events = [], broker: shared, clock, ...connectOptions } = options;
  const broker = shared ?? createMemoryBroker({ clock });
  const complete = completeOptions({ logger: failuresOnly, ...connectOptions, servers: 'memory' });
  const bus = await joinBus({ ...complete, openSocket: broker.openSocket });
  const streams = [...events];
  if (streams.length > 0) await bus.applyStreams(await bus.planStreams(streams));
  if (shared === undefined) {
    bus.onStateChange((state) => {
      if (state === 'closed') broker.close();
    });
  }
  return bus;
}
