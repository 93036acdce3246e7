import type { Bus, Store } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, type System, startSystem } from './system.ts';

describe('store.updateOnce()', () => {
  let system: System;
  let bus: Bus;
  let store: Store<typeof CountedSchema>;
  let key = 0;
  beforeAll(async () => {
    system = await startSystem();
    bus = await system.connect();
    store = await bus.openStore({ bucket: 'once', schema: CountedSchema });
  });
  beforeEach(() => {
    key++;
  });
  afterAll(() => system.close());

  const add = (cause: string, to = store) =>
    to.updateOnce(`k${key}`, cause, (current) => ({
      ...(current ?? {
        $typeName: 'busline.bench.v1.Counted',
        key: 'k',
        payload: new Uint8Array(0),
        publishedUs: 0n,
      }),
      number: (current?.number ?? 0n) + 1n,
    }));

  it('changes a key once for each cause', async () => {
    expect(await add('e 1')).toMatchObject({ repeated: false, value: { number: 1n } });
    expect(await add('e 2')).toMatchObject({ repeated: false, value: { number: 2n } });
    expect(await add('e 1')).toMatchObject({ repeated: true, value: { number: 2n } });
    expect((await store.get(`k${key}`))?.value.number).toBe(2n);
  });

  it('does so when several processes change it at once, each cause twice', async () => {
    const others = await Promise.all(
      [1, 2].map(async () => (await system.connect()).openStore({ bucket: 'once', schema: CountedSchema })),
    );
    const causes = Array.from({ length: 10 }, (_, n) => `c${n}`);
    const results = await Promise.all(others.flatMap((other) => causes.map((cause) => add(cause, other))));
    expect(results.filter(({ repeated }) => repeated)).toHaveLength(10);
    expect((await store.get(`k${key}`))?.value.number).toBe(10n);
  });

  it('remembers the last 512 causes', async () => {
    for (let n = 0; n < 513; n++) await add(`c${n}`);
    expect((await add('c1')).repeated).toBe(true);
    expect((await add('c0')).repeated).toBe(false);
  });

  it('begins anew after a deletion', async () => {
    await add('e1');
    await store.delete(`k${key}`);
    expect(await add('e1')).toMatchObject({ repeated: false, value: { number: 1n } });
  });

  it('passes on what the change throws, and changes nothing', async () => {
    const attempt = store.updateOnce(`k${key}`, 'e1', () => {
      throw new TypeError('no');
    });
    await expect(attempt).rejects.toThrow(TypeError);
    expect(await store.get(`k${key}`)).toBeUndefined();
  });

  it('fails when the broker is away', async () => {
    await bus.drain();
    expect((await failureOf(add('e1'))).rawMessage).toContain('the store "once" cannot be reached now');
  });
});
