import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Bus, callFate, faultReason, implement, type ServiceOptions } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError, createClient, type ServiceImpl } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echoClient, failureOf, gate, type System, startSystem, until } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

const payloadOf = (text: string) => ({ payload: new TextEncoder().encode(text) });
const textOf = ({ payload }: { payload: Uint8Array }) => new TextDecoder().decode(payload);

async function serve(
  bus: Bus,
  implementation: Partial<ServiceImpl<typeof EchoService>>,
  options?: ServiceOptions,
) {
  return bus.serve({
    name: 'echo',
    version: '1.0.0',
    services: [implement(EchoService, implementation, options)],
  });
}

/** Serves a stream without end; `stopped` resolves when its handler has stopped. */
async function serveEndless(): Promise<{ readonly stopped: Promise<void> }> {
  const stopped = gate();
  await serve(await system.connect(), {
    async *generate(_, context) {
      try {
        while (!context.signal.aborted) yield payloadOf('x');
      } finally {
        stopped.open();
      }
    },
  });
  return { stopped: stopped.opened };
}

async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

describe('server streaming', () => {
  it('brings the messages in order, headers before them and trailers after', async () => {
    await serve(await system.connect(), {
      async *generate({ count }, context) {
        context.responseHeader.set('x-head', 'h');
        for (let n = 0; n < Number(count); n++) yield payloadOf(`m${n}`);
        context.responseTrailer.set('x-trail', 't');
      },
    });
    const order: string[] = [];
    const client = echoClient(await system.connect());
    for await (const message of client.generate(
      { count: 3n },
      {
        onHeader: (header) => order.push(`head ${header.get('x-head')}`),
        onTrailer: (trailer) => order.push(`trail ${trailer.get('x-trail')}`),
      },
    ))
      order.push(textOf(message));
    expect(order).toEqual(['head h', 'm0', 'm1', 'm2', 'trail t']);
  });

  it('may have no message at all, and empty ones', async () => {
    await serve(await system.connect(), {
      async *generate({ count }) {
        for (let n = 0; n < Number(count); n++) yield {};
      },
    });
    const client = echoClient(await system.connect());
    expect(await collect(client.generate({ count: 0n }))).toEqual([]);
    expect((await collect(client.generate({ count: 5n }))).map(textOf)).toEqual(['', '', '', '', '']);
  });

  it('brings an error with its details after the messages before it', async () => {
    await serve(await system.connect(), {
      async *generate() {
        yield payloadOf('one');
        throw new ConnectError('no more', Code.OutOfRange, { 'x-why': 'empty' });
      },
    });
    const seen: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const message of echoClient(await system.connect()).generate({}))
          seen.push(textOf(message));
      })(),
    );
    expect(seen).toEqual(['one']);
    expect([error.code, error.rawMessage, error.metadata.get('x-why')]).toEqual([
      Code.OutOfRange,
      'no more',
      'empty',
    ]);
    expect(callFate(error)).toBeUndefined();
  });

  it('carries 100,000 small messages in order', async () => {
    await serve(await system.connect(), {
      async *generate({ count }) {
        for (let n = 0; n < Number(count); n++) yield payloadOf(String(n));
      },
    });
    let next = 0;
    for await (const message of echoClient(await system.connect()).generate({ count: 100_000n })) {
      if (textOf(message) !== String(next++)) throw new Error(`out of order at ${next - 1}`);
    }
    expect(next).toBe(100_000);
  });

  it('stops the sender at the window when nobody takes the messages', async () => {
    let made = 0;
    await serve(await system.connect(), {
      async *generate() {
        for (;;) {
          made++;
          yield { payload: new Uint8Array(10_000) };
        }
      },
    });
    const controller = new AbortController();
    const client = echoClient(await system.connect());
    const messages = client.generate({}, { signal: controller.signal })[Symbol.asyncIterator]();
    await messages.next();
    await until('the sender stands still', async () => {
      const before = made;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return made === before;
    });
    // A window of 1 MiB, and what waits on the worker's side.
    expect(made * 10_000).toBeLessThan(1.5 * 1024 * 1024);
    controller.abort();
  });

  it('that is left early stops the handler', async () => {
    const { stopped } = await serveEndless();
    for await (const _ of echoClient(await system.connect()).generate({})) break;
    await stopped;
  });

  it('that is left early by a client of Connect stops the handler once the iterator is garbage', async () => {
    const { stopped } = await serveEndless();
    const client = createClient(EchoService, (await system.connect()).transport());
    for await (const _ of client.generate({})) break;
    // Connect's client does not pass the end of the loop on; that its iterator is garbage is all there is to see.
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    let done = false;
    void stopped.then(() => {
      done = true;
    });
    await until('the abandoned stream is noticed', () => {
      collectGarbage();
      return done;
    });
  });

  it('is cancelled by its signal and by its deadline', async () => {
    const aborted: unknown[] = [];
    await serve(await system.connect(), {
      async *generate(_, context) {
        yield payloadOf('one');
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        aborted.push((context.signal.reason as ConnectError).code);
      },
    });
    const client = echoClient(await system.connect());
    const controller = new AbortController();
    const cancelled = failureOf(
      (async () => {
        for await (const _ of client.generate({}, { signal: controller.signal })) controller.abort();
      })(),
    );
    expect((await cancelled).code).toBe(Code.Canceled);
    const late = await failureOf(collect(client.generate({}, { timeoutMs: 200 })));
    expect(late.code).toBe(Code.DeadlineExceeded);
    await until('both handlers heard of it', () => aborted.length === 2);
  });
});

describe('client streaming', () => {
  it('brings every message to the handler, and its answer back', async () => {
    await serve(await system.connect(), {
      async collect(requests) {
        let count = 0n;
        let payloadBytes = 0n;
        for await (const { payload } of requests) {
          count++;
          payloadBytes += BigInt(payload.length);
        }
        return { count, payloadBytes };
      },
    });
    async function* input() {
      for (let n = 0; n < 5_000; n++) yield { payload: new Uint8Array(1_000) };
    }
    const reply = await echoClient(await system.connect()).collect(input());
    expect([reply.count, reply.payloadBytes]).toEqual([5_000n, 5_000_000n]);
  });

  it('stops the caller at the window when the handler does not take the messages', async () => {
    const hold = gate();
    await serve(await system.connect(), {
      async collect(requests) {
        await hold.opened;
        let count = 0n;
        for await (const _ of requests) count++;
        return { count };
      },
    });
    let sent = 0;
    async function* input() {
      for (let n = 0; n < 500; n++) {
        sent++;
        yield { payload: new Uint8Array(10_000) };
      }
    }
    const call = echoClient(await system.connect()).collect(input());
    await until('the caller stands still', async () => {
      const before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return sent === before && sent > 0;
    });
    expect(sent).toBeLessThan(160);
    hold.open();
    expect((await call).count).toBe(500n);
  });

  it('ends early when the handler answers early, and lets the input go', async () => {
    let returned = false;
    await serve(await system.connect(), {
      async collect(requests) {
        for await (const _ of requests) return { count: 1n };
        return {};
      },
    });
    async function* input() {
      try {
        for (;;) {
          yield {};
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        returned = true;
      }
    }
    expect((await echoClient(await system.connect()).collect(input())).count).toBe(1n);
    await until('the input is let go', () => returned);
  });

  it('whose input fails cancels the call with that error', async () => {
    const aborted = gate();
    await serve(await system.connect(), {
      async collect(requests, context) {
        context.signal.addEventListener('abort', () => aborted.open());
        for await (const _ of requests);
        return {};
      },
    });
    async function* input() {
      yield {};
      throw new ConnectError('the file is gone', Code.NotFound);
    }
    const error = await failureOf(echoClient(await system.connect()).collect(input()));
    expect([error.code, error.rawMessage]).toEqual([Code.NotFound, 'the file is gone']);
    await aborted.opened;
  });
});

describe('bidirectional streaming', () => {
  it('goes to and fro while both sides are open', async () => {
    await serve(await system.connect(), {
      async *echoStream(requests) {
        for await (const request of requests) yield payloadOf(`re: ${textOf(request)}`);
        yield payloadOf('bye');
      },
    });
    const turn: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    async function* input() {
      yield payloadOf('a');
      await turn[0]?.promise;
      yield payloadOf('b');
      await turn[1]?.promise;
    }
    const seen: string[] = [];
    for await (const message of echoClient(await system.connect()).echoStream(input())) {
      turn[seen.length]?.resolve();
      seen.push(textOf(message));
    }
    expect(seen).toEqual(['re: a', 're: b', 'bye']);
  });

  it('carries messages larger than the broker takes and than the window, both ways', async () => {
    await serve(await system.connect(), {
      async *echoStream(requests) {
        for await (const { payload } of requests) yield { payload };
      },
    });
    const sizes = [0, 1, 65_536, 1_048_576, 10 * 1_048_576, 5];
    async function* input() {
      for (const [n, size] of sizes.entries()) yield { payload: new Uint8Array(size).fill(n) };
    }
    const seen: [number, number | undefined][] = [];
    for await (const { payload } of echoClient(await system.connect()).echoStream(input())) {
      expect(payload.every((byte) => byte === payload[0])).toBe(true);
      seen.push([payload.length, payload.at(-1)]);
    }
    expect(seen).toEqual(sizes.map((size, n) => [size, size === 0 ? undefined : n]));
  });
});

describe('streams that fail', () => {
  it('no worker: UNAVAILABLE at once', async () => {
    const error = await failureOf(collect(echoClient(await system.connect()).generate({})));
    expect(faultReason(error)).toBe('NO_RESPONDERS');
    expect(callFate(error)).toBe('never-started');
  });

  it('a message over the limit: RESOURCE_EXHAUSTED naming both, either way', async () => {
    await serve(
      await system.connect(),
      {
        async *echoStream(requests) {
          for await (const { payload } of requests) yield { payload };
        },
        async *generate() {
          yield { payload: new Uint8Array(17 * 1_048_576) };
        },
      },
      { maxMessageBytes: 100_000 },
    );
    const client = echoClient(await system.connect());
    async function* input() {
      yield { payload: new Uint8Array(200_000) };
    }
    const up = await failureOf(collect(client.echoStream(input())));
    expect([up.code, faultReason(up)]).toEqual([Code.ResourceExhausted, 'MESSAGE_TOO_LARGE']);
    expect(up.rawMessage).toMatch(/2000\d\d bytes .* 100000/);
    const down = await failureOf(collect(client.generate({})));
    expect(faultReason(down)).toBe('MESSAGE_TOO_LARGE');
    expect(down.rawMessage).toMatch(/178257\d\d bytes .* 16777216/);
  });

  it('the broker goes away: all at once', async () => {
    const own = await startSystem();
    await serve(await own.connect(), {
      async *echoStream(requests) {
        for await (const { payload } of requests) yield { payload };
      },
    });
    const client = echoClient(await own.connect());
    const hold = gate();
    async function* input() {
      yield payloadOf('x');
      await hold.opened;
    }
    const started = gate();
    const calls = Array.from({ length: 20 }, () =>
      failureOf(
        (async () => {
          for await (const _ of client.echoStream(input())) started.open();
        })(),
      ),
    );
    await started.opened;
    const killedAtMs = performance.now();
    own.nats.kill();
    for (const error of await Promise.all(calls)) expect(faultReason(error)).toBe('DISCONNECTED');
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    hold.open();
    await own.nats.restart();
    await own.close();
  });

  it('a queue that is full refuses streams like calls', async () => {
    const hold = gate();
    const worker = await serve(
      await system.connect(),
      {
        async *generate() {
          yield {};
          await hold.opened;
        },
      },
      { maxConcurrency: 1, maxQueue: 0 },
    );
    const client = echoClient(await system.connect());
    const first = collect(client.generate({}));
    await until('the first runs', () => worker.underWay === 1);
    const error = await failureOf(collect(client.generate({})));
    expect(faultReason(error)).toBe('OVERLOADED');
    hold.open();
    expect(await first).toHaveLength(1);
    await until('the place is free', () => worker.underWay === 0);
    expect(await collect(client.generate({}))).toHaveLength(1);
  });
});
