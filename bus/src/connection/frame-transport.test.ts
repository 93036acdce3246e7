import type { NatsConnection } from '@nats-io/nats-core';
import { afterEach, describe, expect, it } from 'vitest';
import { startNats, type TestNats, type TestNatsOptions } from '../../testing/index.ts';
import { dialBroker } from './dial.ts';
import { completeOptions } from './options.ts';

const open: { broker: TestNats; nats: NatsConnection }[] = [];
afterEach(async () => {
  for (const { broker, nats } of open.splice(0)) {
    await nats.close();
    await broker.stop();
  }
});

async function dialed(options: TestNatsOptions = {}) {
  const broker = await startNats({ jetStream: false, ...options });
  const tls = broker.certificates && { ca: broker.certificates.ca, handshakeFirst: options.handshakeFirst };
  const nats = await dialBroker(completeOptions({ servers: broker.url, ...(tls && { nats: { tls } }) }));
  open.push({ broker, nats });
  return { broker, nats };
}

/** Sends messages of many sizes to itself, and returns those that came otherwise, or not at all. */
async function wrongOf(nats: NatsConnection): Promise<number[]> {
  const sizes = [0, 1, 100, 5_000, 65_000, 65_536, 70_000, 200_000, 900_000, 3, 64 * 1024 - 30, 0];
  const seen: Uint8Array[] = [];
  const subscription = nats.subscribe('sizes', { callback: (_, { data }) => void seen.push(data) });
  for (const [n, size] of sizes.entries()) nats.publish('sizes', new Uint8Array(size).fill(n + 1));
  await nats.flush();
  subscription.unsubscribe();
  expect(seen.length).toBe(sizes.length);
  // Looked at when all have come: whatever shared memory with a later one is spoiled by now.
  return sizes.filter((size, n) => seen[n]?.length !== size || seen[n].some((byte) => byte !== n + 1));
}

describe('the transport', () => {
  it('brings messages of every size as they were', async () => {
    const { nats } = await dialed();
    expect(await wrongOf(nats)).toEqual([]);
  });

  it.each([
    ['TLS that the broker asks for', { tls: true }],
    ['TLS from the first byte', { tls: true, handshakeFirst: true }],
  ])('works with %s', async (_, options) => {
    const { nats } = await dialed(options);
    expect(await wrongOf(nats)).toEqual([]);
  });

  it('begins anew after the broker was gone', async () => {
    const { broker, nats } = await dialed();
    const status = nats.status()[Symbol.asyncIterator]();
    await broker.restart();
    let type: string | undefined;
    while (type !== 'reconnect') type = (await status.next()).value?.type;
    expect(await wrongOf(nats)).toEqual([]);
  });

  it('tells why a broker cannot be reached', async () => {
    const { broker } = await dialed();
    await broker.stop();
    const options = completeOptions({ servers: broker.url, connectTimeoutMs: 10 });
    await expect(dialBroker(options)).rejects.toThrow(/no broker answered at .* \(connection refused\)/);
  });
});
