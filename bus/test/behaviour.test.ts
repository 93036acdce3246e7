import { type Bus, connect } from '@busline/bus';
import { createMemoryBroker, openMemoryBus } from '@busline/bus/memory';
import { startNats } from '@busline/bus/testing';
import { afterEach, describe, it } from 'vitest';
import { silent } from './system.ts';
import { type BrokerUnderTest, behaviourCases } from './testing/behaviour-cases.ts';

interface Implementation {
  readonly name: string;
  open(): Promise<Omit<BrokerUnderTest, never> & { close(): Promise<void> }>;
  /** Cases it cannot pass, each for its reason. */
  readonly skips: Readonly<Record<string, string>>;
}

/** The broker that the in-memory one stands in for, and the in-memory one: what holds on one must hold on the other. */
const implementations: readonly Implementation[] = [
  {
    name: 'nats-server',
    skips: {},
    async open() {
      const nats = await startNats();
      return {
        connect: () => connect({ servers: nats.url, logger: silent }),
        cut: () => nats.restart(),
        close: () => nats.stop(),
      };
    },
  },
  {
    name: 'the broker in memory',
    skips: {},
    async open() {
      const broker = createMemoryBroker();
      return {
        connect: () => openMemoryBus({ broker }),
        cut: async () => broker.disconnectAll(),
        close: async () => broker.close(),
      };
    },
  },
];

describe.each(implementations)('on $name', ({ open, skips }) => {
  let end: () => Promise<void>;
  afterEach(() => end());

  it.for(behaviourCases.filter(({ name }) => skips[name] === undefined))('$name', async ({ run }) => {
    const broker = await open();
    const buses: Bus[] = [];
    end = async () => {
      await Promise.all(buses.map((bus) => bus.drain()));
      await broker.close();
    };
    await run({
      async connect() {
        const bus = await broker.connect();
        buses.push(bus);
        return bus;
      },
      cut: broker.cut,
    });
  });

  it.skip.for(Object.entries(skips))('%s: %s', () => {});
});
