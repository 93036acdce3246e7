import { setTimeout as delay } from 'node:timers/promises';
import { implement, on } from '@busline/bus';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeClock, useFakeClock } from './fake-clock.ts';
import { openMemoryBus } from './open-memory-bus.ts';

const minute = 60_000;

describe('a fake clock', () => {
  let clock: FakeClock;
  beforeEach(() => {
    clock = useFakeClock({ startAt: new Date('2026-01-01T00:00:00Z') });
  });
  afterEach(() => clock.restore());

  it('moves every kind of timer, in order, and shows its time', async () => {
    const fired: string[] = [];
    setTimeout(() => fired.push(`timeout ${new Date().toISOString()}`), 2 * minute);
    const ticking = setInterval(() => fired.push('interval'), minute);
    void delay(90_000, 'delay').then((value) => fired.push(value));
    AbortSignal.timeout(100_000).addEventListener('abort', () => fired.push('abort'));
    const before = performance.now();
    await clock.advance(2 * minute);
    clearInterval(ticking);

    expect(fired).toEqual(['interval', 'delay', 'abort', 'timeout 2026-01-01T00:02:00.000Z', 'interval']);
    expect(performance.now() - before).toBeCloseTo(2 * minute, 6);
    expect(clock.nowMs).toBe(Date.parse('2026-01-01T00:02:00Z'));
  });

  it('brings a deadline on, and tells the handler', async () => {
    await using bus = await openMemoryBus({ clock });
    let told = false;
    const sayHello = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<{ greeting: string }>((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          told = true;
          reject(signal.reason);
        }),
      );
    await bus.serve({ name: 'greeter', version: '1.0.0', services: [implement(GreetService, { sayHello })] });
    const call = bus
      .client(GreetService)
      .sayHello({ name: 'Ada' }, { timeoutMs: 10 * minute })
      .catch((error: unknown) => error);
    await clock.advance(9 * minute);
    expect(told).toBe(false);
    await clock.advance(minute + 1_000);

    expect(await call).toMatchObject({ code: Code.DeadlineExceeded });
    expect(told).toBe(true);
  });

  it('brings the retries of an event on, at the times they are due', async () => {
    await using bus = await openMemoryBus({ clock, events: [NotedSchema] });
    const attempts: number[] = [];
    const options = {
      consumer: 'failing',
      maxAttempts: 4,
      firstDelayMs: 10 * minute,
      maxDelayMs: 60 * minute,
    };
    const binding = on(NotedSchema, options, () => {
      attempts.push((clock.nowMs - start) / minute);
      throw new ConnectError('try later', Code.Unavailable);
    });
    await bus.serve({ name: 'handler', version: '1.0.0', events: [binding] });
    const start = clock.nowMs;
    await bus.publish(NotedSchema, { text: 'poison' });
    await clock.advance(120 * minute);

    expect(attempts).toHaveLength(4);
    expect(attempts[0]).toBeLessThan(0.01);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(8 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(12 * 2 ** index + 0.1);
    }
    expect((await bus.deadLetters.list({ limit: 1 })).letters).toHaveLength(1);
  });

  it('brings the attempts of a durable call on, and forgets its result when it is kept no longer', async () => {
    await using bus = await openMemoryBus({ clock });
    let attempts = 0;
    const enqueue = async () => {
      attempts++;
      await delay(minute / 60);
      if (attempts < 3) throw new ConnectError('not yet', Code.Unavailable);
      return {};
    };
    await bus.serve({ name: 'work', version: '1.0.0', services: [implement(WorkService, { enqueue })] });
    const call = await bus.durable(WorkService.method.enqueue).start({}, { idempotencyKey: 'one' });
    await clock.advance(30_000);
    expect(attempts).toBe(3);
    expect((await call.get())?.outcome?.case).toBeDefined();
    await clock.advance(minute);
    expect(await call.get()).toBeUndefined();
  });

  it('brings delayed and periodic events on, at their times', async () => {
    await using bus = await openMemoryBus({ clock, events: [NotedSchema] });
    const heard: string[] = [];
    const binding = on(NotedSchema, { consumer: 'listener' }, ({ text }) => {
      heard.push(`${new Date().toISOString().slice(0, 16)} ${text}`);
    });
    await bus.serve({ name: 'listener', version: '1.0.0', events: [binding] });
    await bus.publish(NotedSchema, { text: 'later' }, { afterMs: 90 * minute });
    await bus.schedule(NotedSchema, { name: 'hourly', cron: '0 * * * *' }, { text: 'hourly' });
    await clock.advance(150 * minute);

    expect(heard).toEqual(['2026-01-01T01:00 hourly', '2026-01-01T01:30 later', '2026-01-01T02:00 hourly']);
    expect(await bus.unschedule('hourly')).toBe(true);
  });

  it('gives the real time back', () => {
    clock.restore();
    expect(Math.abs(Date.now() - clock.nowMs)).toBeGreaterThan(minute);
    expect(new Date().getFullYear()).toBeGreaterThanOrEqual(2026);
  });
});
