import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '@busline/bus';
import { OrderPlacedSchema } from '@busline/schemas/orders/v1/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyStreams, storedMessages } from './event-streams.ts';
import { type System, startSystem } from './system.ts';

describe('examples/outbox', () => {
  let system: System;
  let bus: Bus;
  let folder: string;
  let worker: ChildProcess;
  const start = async (): Promise<ChildProcess> => {
    const child = fork(new URL('../../examples/outbox/gifts.ts', import.meta.url), {
      env: {
        ...process.env,
        NATS_URL: system.nats.url,
        GIFTS_DB: join(folder, 'gifts.db'),
        LOG_LEVEL: 'fatal',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    expect(first).toMatchObject({ type: 'ready' });
    return child;
  };
  beforeAll(async () => {
    system = await startSystem();
    bus = await system.connect();
    await applyStreams(bus, OrderPlacedSchema);
    folder = await mkdtemp(join(tmpdir(), 'busline-gifts-'));
    worker = await start();
  });
  afterAll(async () => {
    worker?.kill('SIGKILL');
    await system?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('sends each gift once, though it is killed on the way', async () => {
    for (let n = 1; n <= 12; n++) {
      await bus.publish(OrderPlacedSchema, { orderId: `o${n}`, customerId: 'ada' }, { id: `o${n}:placed` });
      if (n === 7) {
        worker.kill('SIGKILL');
        await once(worker, 'exit');
        worker = await start();
      }
    }
    const gifts = async (): Promise<string[]> => {
      const stored = await storedMessages(system.nats.url, 'EVT_ORDERS');
      return stored
        .map(({ header }) => header.get('ce-id'))
        .filter((id) => id.startsWith('gift-'))
        .sort();
    };
    await expect
      .poll(gifts, { timeout: 30_000 })
      .toEqual([1, 2, 3, 4].map((number) => `gift-ada-${number}:placed`));
  }, 60_000);

  it('leaves when asked to', async () => {
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });
});
