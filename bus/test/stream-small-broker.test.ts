import { type Bus, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { echoClient, failureOf, type System, startSystem, until } from './system.ts';

const mib = 1024 * 1024;

async function serveEcho(system: System): Promise<Bus> {
  const bus = await system.connect();
  await bus.serve({
    name: 'echo',
    version: '1.0.0',
    services: [
      implement(EchoService, {
        echo: ({ payload }) => ({ payload }),
        async *generate({ count, payloadBytes }, context) {
          for (let n = 0; n < Number(count); n++) yield { payload: new Uint8Array(payloadBytes).fill(n) };
          if (count === 0n) throw new ConnectError('x'.repeat(payloadBytes), Code.OutOfRange);
          context.responseTrailer.set('x-trail', 't');
        },
        async collect(requests) {
          let payloadBytes = 0n;
          for await (const { payload } of requests) payloadBytes += BigInt(payload.length);
          return { payloadBytes };
        },
        async *echoStream(requests) {
          for await (const { payload } of requests) yield { payload };
        },
      }),
    ],
  });
  return bus;
}

async function* input(...sizes: number[]) {
  for (const size of sizes) yield { payload: new Uint8Array(size).fill(size) };
}

/** All four kinds, with messages far above the limit. */
async function callAll(bus: Bus): Promise<void> {
  const client = echoClient(bus);
  const sizes = [0, 1, 30_000, mib, 5];
  const payload = new Uint8Array(2 * mib).fill(3);
  expect(Buffer.compare((await client.echo({ payload })).payload, payload)).toBe(0);
  expect((await client.collect(input(...sizes))).payloadBytes).toBe(BigInt(30_006 + mib));
  const seen: number[] = [];
  for await (const message of client.echoStream(input(...sizes))) seen.push(message.payload.length);
  expect(seen).toEqual(sizes);
  const fills: (number | undefined)[] = [];
  for await (const message of client.generate({ count: 20n, payloadBytes: 70_000 }))
    fills.push(message.payload.at(-1));
  expect(fills).toEqual(Array.from({ length: 20 }, (_, n) => n));
}

describe('a broker with a small limit', () => {
  it.each([4_096, 32_768, 65_536])('of %i bytes carries messages of any size', async (maxPayloadBytes) => {
    const system = await startSystem({ maxPayloadBytes });
    try {
      await serveEcho(system);
      const caller = await system.connect();
      await callAll(caller);
      const error = await failureOf(
        (async () => {
          for await (const _ of echoClient(caller).generate({ payloadBytes: 100_000 })) expect.unreachable();
        })(),
      );
      // The text of the error is above the limit, too: the code comes all the same.
      expect(error.code).toBe(Code.OutOfRange);
    } finally {
      await system.close();
    }
  });

  it('is noticed after a reconnect', async () => {
    const system = await startSystem();
    try {
      const worker = await serveEcho(system);
      const caller = await system.connect();
      await callAll(caller);
      await system.nats.reload({ maxPayloadBytes: 16_384 });
      await system.nats.restart();
      await until(
        'both are back',
        () => [worker, caller].every(({ state }) => state === 'connected'),
        15_000,
      );
      await until('the worker serves again', () =>
        echoClient(caller)
          .echo({}, { timeoutMs: 300 })
          .then(
            () => true,
            () => false,
          ),
      );
      await callAll(caller);
    } finally {
      await system.close();
    }
  });
});
