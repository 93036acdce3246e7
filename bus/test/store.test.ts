import { create } from '@bufbuild/protobuf';
import { EchoRequestSchema } from '@busline/schemas/busline/bench/v1/bench';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

const counter = (count: number) =>
  create(EchoRequestSchema, { payload: Uint8Array.of(count >> 8, count & 255) });
const countOf = (value: { payload: Uint8Array } | undefined) =>
  value === undefined ? 0 : ((value.payload[0] as number) << 8) | (value.payload[1] as number);

describe('a store', () => {
  it('creates, gets, lists by prefix and deletes', async () => {
    const store = await (await system.connect()).openStore({ bucket: 'plain', schema: EchoRequestSchema });
    await store.create('a.1', counter(1));
    await store.create('a.2', counter(2));
    await store.create('b.1', counter(3));
    expect(countOf((await store.get('a.2'))?.value)).toBe(2);
    expect(await store.get('c')).toBeUndefined();
    const keys: string[] = [];
    for await (const { key } of store.list('a')) keys.push(key);
    expect(keys.sort()).toEqual(['a.1', 'a.2']);
    await store.delete('a.1');
    expect(await store.get('a.1')).toBeUndefined();
    expect((await failureOf(store.create('a.2', counter(9)))).code).toBe(Code.AlreadyExists);
    await store.create('a.1', counter(4));
    expect(countOf((await store.get('a.1'))?.value)).toBe(4);
  });

  it('loses no update among four processes that change one key at once', async () => {
    const stores = await Promise.all(
      Array.from({ length: 4 }, async () =>
        (await system.connect()).openStore({ bucket: 'race', schema: EchoRequestSchema }),
      ),
    );
    await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 50 }, () => store.update('n', (current) => counter(countOf(current) + 1))),
      ),
    );
    expect(countOf((await stores[0]?.get('n'))?.value)).toBe(200);
  });

  it('writes nothing when the change throws, or changes nothing', async () => {
    const store = await (await system.connect()).openStore({ bucket: 'calm', schema: EchoRequestSchema });
    const { revision } = await store.create('n', counter(1));
    await expect(
      store.update('n', () => {
        throw new RangeError('not today');
      }),
    ).rejects.toThrow('not today');
    expect(countOf(await store.update('n', (current) => current))).toBe(1);
    expect((await store.get('n'))?.revision).toBe(revision);
  });

  it('says UNAVAILABLE while the broker is away', async () => {
    const own = await startSystem();
    const store = await (await own.connect()).openStore({ bucket: 'away', schema: EchoRequestSchema });
    own.nats.kill();
    expect((await failureOf(store.get('n'))).code).toBe(Code.Unavailable);
    await own.nats.restart();
    await own.close();
  });

  it('can be watched: the entry now, each change, the newest for a slow reader, until it is left', async () => {
    const store = await (await system.connect()).openStore({ bucket: 'watched', schema: EchoRequestSchema });
    await store.create('n', counter(1));
    const seen: number[] = [];
    for await (const { value } of store.watch('n')) {
      seen.push(countOf(value));
      if (seen.length === 1) for (let n = 2; n <= 50; n++) await store.update('n', () => counter(n));
      if (seen.at(-1) === 50) break;
    }
    expect(seen[0]).toBe(1);
    expect(seen.at(-1)).toBe(50);
    expect(seen.length).toBeLessThan(50);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  it('can be watched before it is there, until a signal says stop', async () => {
    const store = await (await system.connect()).openStore({ bucket: 'later', schema: EchoRequestSchema });
    const controller = new AbortController();
    const reason = new RangeError('enough');
    const watching = (async () => {
      for await (const { value } of store.watch('n', { signal: controller.signal })) {
        expect(countOf(value)).toBe(7);
        controller.abort(reason);
      }
    })();
    await store.create('n', counter(7));
    await expect(watching).rejects.toBe(reason);
  });
});
