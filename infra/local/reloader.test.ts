import { describe, expect, it } from 'vitest';
import type { StackEvent } from './events.ts';
import { createReloader, type Reloader, type ReloaderOptions } from './reloader.ts';
import type { Replicas } from './replicas.ts';
import { type Slot, StartFailure } from './slot.ts';
import type { WorkerFolder } from './worker-folders.ts';

const slot: Slot = {
  name: 'x-1',
  logFile: '/l/x-1.log',
  pid: 1,
  start: async () => {},
  replace: async () => {},
  stop: async () => {},
  kill: () => {},
  signal: () => {},
};

function folder(name: string): WorkerFolder {
  return { name, entry: `/w/${name}/main.ts`, replicas: 1, example: undefined };
}

/** A reloader over processes that only write down what is done with them. */
function setUp(changes: Partial<ReloaderOptions> & { replace?: (name: string) => Promise<void> } = {}) {
  const done: string[] = [];
  const events: StackEvent[] = [];
  const replicas = (name: string, slots: readonly Slot[] = [slot]): Replicas => ({
    name,
    slots,
    start: async () => {},
    async replace() {
      await changes.replace?.(name);
      done.push(`replaced ${name}`);
    },
    scale: async () => {},
    remove: async () => false,
    stop: async () => {},
  });
  const workers = new Map(['greeter', 'orders'].map((name) => [name, replicas(name)]));
  workers.set('idle', replicas('idle', []));
  const reloader = createReloader({
    workers,
    edge: replicas('edge'),
    findWorkers: async () => ['greeter', 'idle', 'orders'].map(folder),
    async addWorker({ name }) {
      done.push(`added ${name}`);
      workers.set(name, replicas(name));
      return replicas(name);
    },
    async removeWorker(name) {
      done.push(`removed ${name}`);
      workers.delete(name);
    },
    async generate() {
      done.push('generated');
      return true;
    },
    contractReaders: async () => ({ workers: new Set(['orders']), edge: false }),
    changedAtMs: async () => Date.now(),
    checkTypes: async () => [],
    onEvent: (event) => events.push(event),
    ...changes,
  });
  return { reloader, done, events };
}

/** Saves files and waits until everything that follows from it is done. */
async function save(reloader: Reloader, ...paths: string[]): Promise<void> {
  reloader.changed(new Set(paths));
  await reloader.idle();
}

describe('createReloader()', () => {
  it.each([
    ['a worker', ['workers/orders/main.ts'], ['replaced orders']],
    ['the edge', ['api/src/app.ts'], ['replaced edge']],
    ['the bus', ['bus/src/bus.ts'], ['replaced edge', 'replaced greeter', 'replaced orders']],
    ['a generated file', ['schemas/gen/orders/v1/orders_pb.ts'], ['replaced orders']],
    ['a test', ['workers/orders/order.test.ts'], []],
    ['a contract', ['schemas/orders/v1/orders.proto'], ['generated']],
    [
      'a contract and a worker',
      ['schemas/a.proto', 'workers/greeter/a.ts'],
      ['generated', 'replaced greeter'],
    ],
    ['a worker of which none runs', ['workers/idle/main.ts'], []],
    ['a file outside', ['docs/start.md'], []],
  ])('%s', async (_case, paths, expected) => {
    const { reloader, done } = setUp();
    await save(reloader, ...paths);
    expect(done.toSorted()).toEqual(expected);
  });

  it('leaves alone who was begun behind the change of a file', async () => {
    let changedAtMs = Date.now() - 60_000;
    const { reloader, done } = setUp({ changedAtMs: async () => changedAtMs });
    const generated = 'schemas/gen/orders/v1/orders_pb.ts';
    const own = 'workers/orders/main.ts';
    await save(reloader, own, 'workers/greeter/main.ts');
    expect(done.splice(0).toSorted()).toEqual(['replaced greeter', 'replaced orders']);
    await save(reloader, generated, own);
    expect(done).toEqual([]);
    changedAtMs = Date.now();
    await save(reloader, generated);
    changedAtMs = Date.now();
    await save(reloader, own);
    expect(done).toEqual(['replaced orders', 'replaced orders']);
  });

  it('says once what was reloaded', async () => {
    const { reloader, events } = setUp();
    await save(reloader, 'bus/src/bus.ts');
    expect(events).toMatchObject([{ type: 'reloaded', what: 'edge, greeter, orders' }]);
  });

  it('takes changes during a reload together after it', async () => {
    const started = Promise.withResolvers<void>();
    const blocked = Promise.withResolvers<void>();
    let replacements = 0;
    const { reloader, events } = setUp({
      async replace() {
        replacements += 1;
        started.resolve();
        await blocked.promise;
      },
    });
    reloader.changed(new Set(['workers/orders/main.ts']));
    await started.promise;
    for (const name of ['a', 'b', 'c']) reloader.changed(new Set([`workers/orders/${name}.ts`]));
    blocked.resolve();
    await reloader.idle();
    expect(replacements).toBe(2);
    expect(events).toHaveLength(2);
  });

  it('reloads nothing while the code has type errors, and shows the first of them', async () => {
    const problems = Array.from({ length: 7 }, (_, index) => ({
      file: 'workers/orders/main.ts',
      text: `workers/orders/main.ts(${index + 1},1): error TS2322: no.`,
    }));
    const { reloader, done, events } = setUp({ checkTypes: async () => problems });
    await save(reloader, 'workers/orders/main.ts', 'workers/greeter/main.ts');
    expect(done).toEqual(['replaced greeter']);
    expect(events).toMatchObject([
      {
        type: 'reload-failed',
        what: 'orders',
        why: 'type errors',
        output: expect.stringMatching(
          /^workers\/orders\/main\.ts\(1,1\): error TS2322: no\.\n(.+\n){4}… 2 more$/,
        ),
      },
      { type: 'reloaded', what: 'greeter' },
    ]);
  });

  it('shows why a new process did not start, and goes on with the others', async () => {
    const { reloader, events } = setUp({
      async replace(name) {
        if (name === 'orders')
          throw new StartFailure(slot, 'ended while starting (exit code 1)', 'SyntaxError');
      },
    });
    await save(reloader, 'bus/src/bus.ts');
    expect(events).toMatchObject([
      {
        type: 'reload-failed',
        what: 'orders',
        why: 'ended while starting (exit code 1)',
        output: 'SyntaxError',
      },
      { type: 'reloaded', what: 'edge, greeter' },
    ]);
  });

  it('stays with the old contracts when they do not compile', async () => {
    const { reloader, done, events } = setUp({
      generate: async () => await Promise.reject(new Error('orders.proto:3:1:syntax error')),
    });
    await save(reloader, 'schemas/orders/v1/orders.proto', 'workers/orders/main.ts');
    expect(done).toEqual([]);
    expect(events).toEqual([
      {
        type: 'reload-failed',
        what: 'contracts',
        why: 'could not be generated',
        output: 'orders.proto:3:1:syntax error',
      },
    ]);
  });

  it('starts a worker whose folder is new, and ends one whose folder is gone', async () => {
    const { reloader, done, events } = setUp({
      findWorkers: async () => ['greeter', 'idle', 'mailer'].map(folder),
    });
    await save(reloader, 'workers/mailer/main.ts', 'workers/orders');
    expect(done).toEqual(['removed orders', 'added mailer']);
    expect(events).toEqual([
      { type: 'worker-removed', name: 'orders' },
      { type: 'worker-added', name: 'mailer', replicas: 1 },
    ]);
  });

  it('tries a new worker that did not start again at the next save', async () => {
    let attempts = 0;
    const { reloader, events } = setUp({
      findWorkers: async () => ['greeter', 'idle', 'orders', 'mailer'].map(folder),
      async addWorker() {
        attempts += 1;
        throw new StartFailure(slot, 'ended while starting (exit code 1)', '');
      },
    });
    await save(reloader, 'workers/mailer/main.ts');
    await save(reloader, 'workers/mailer/main.ts');
    expect(attempts).toBe(2);
    expect(events).toMatchObject([{ what: 'mailer' }, { what: 'mailer' }]);
  });

  it('ends after the reload that runs, and takes up no other', async () => {
    const started = Promise.withResolvers<void>();
    const blocked = Promise.withResolvers<void>();
    const { reloader, done } = setUp({
      async replace() {
        started.resolve();
        await blocked.promise;
      },
    });
    reloader.changed(new Set(['workers/orders/main.ts']));
    await started.promise;
    reloader.changed(new Set(['workers/greeter/main.ts']));
    const stopping = reloader.stop();
    blocked.resolve();
    await stopping;
    expect(done).toEqual(['replaced orders']);
  });
});
