import { once } from 'node:events';
import { type Bus, faultReason, identity, implement, operation, type WorkerOptions } from '@busline/bus';
import { WorkProgressSchema, WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { State } from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { jetstream } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withManager } from './event-streams.ts';
import { failureOf, gate, type System, startSystem, until } from './system.ts';

const { work, enqueue } = WorkService.method;
const queue = 'OPS_busline_bench_v1_WorkService';

type WorkHandler = (request: { text: string }, context: HandlerContext) => unknown;

describe('a durable call', () => {
  let system: System;
  let bus: Bus;
  beforeAll(async () => {
    system = await startSystem();
  });
  beforeEach(async () => {
    bus = await system.connect();
  });
  afterEach(async () => {
    await system.reset();
    await withManager(system.nats.url, async (manager) => {
      for (const stream of [queue, 'KV_OPERATIONS']) await manager.streams.delete(stream).catch(() => {});
    });
  });
  afterAll(() => system.close());

  const serve = (handler: WorkHandler, options: Partial<WorkerOptions> = {}, on: Bus = bus) =>
    on.serve({
      name: 'worker',
      version: '1.0.0',
      services: [
        implement(WorkService, {
          work: async (request, context) => ({ text: String(await handler(request, context)) }),
          enqueue: async (request, context) => ({ text: String(await handler(request, context)) }),
        }),
      ],
      ...options,
    });
  const listed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of bus.durable(work).list()) ids.push(id);
    return ids;
  };
  const queued = async (): Promise<number> => {
    let messages = -1;
    await withManager(system.nats.url, async (manager) => {
      messages = (await manager.streams.info(queue)).state.messages;
    });
    return messages;
  };

  it('is run by a worker, and its response is kept', async () => {
    await serve(({ text }) => text.toUpperCase());
    const call = await bus.durable(work).start({ text: 'a' });
    expect((await call.wait()).text).toBe('A');
    expect(call.name).toBe(`operations/${call.id}`);
    expect(await call.get()).toMatchObject({ state: State.DONE, attempts: 1, keyed: false });
    expect((await bus.durable(work).find(call.id).wait()).text).toBe('A');
    await until('the queue is empty', async () => (await queued()) === 0);
  });

  it('waits for a worker, and for its caller to come back', async () => {
    const first = await serve(() => 'never');
    await first.stop();
    const { id } = await bus.durable(work).start({ text: 'late' });
    await expect(failureOf(bus.durable(work).find(id).wait({ timeoutMs: 30 }))).resolves.toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: expect.stringContaining(`it goes on as operations/${id}`),
    });
    const other = await system.connect();
    await serve(({ text }) => text, {}, other);
    expect((await other.durable(work).find(id).wait()).text).toBe('late');
  });

  it('is refused while there is no queue for it', async () => {
    await expect(
      failureOf(bus.durable(work).start({ text: 'a' }, { timeoutMs: 2_000 })),
    ).resolves.toMatchObject({
      code: Code.FailedPrecondition,
      rawMessage: expect.stringContaining(`stream ${queue}`),
    });
    expect(await listed()).toEqual([]);
  });

  it('is one call for one key, and the same request', async () => {
    let runs = 0;
    await serve(({ text }) => `${text}${++runs}`);
    const starts = await Promise.all(
      Array.from({ length: 20 }, () => bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' })),
    );
    expect(new Set(starts.map(({ id }) => id)).size).toBe(1);
    const texts = await Promise.all(starts.map(async (call) => (await call.wait()).text));
    expect(new Set(texts)).toEqual(new Set(['a1']));
    const again = await bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' });
    expect((await again.wait()).text).toBe('a1');
    expect(runs).toBe(1);
    await expect(
      failureOf(bus.durable(work).start({ text: 'b' }, { idempotencyKey: 'k' })),
    ).resolves.toMatchObject({ code: Code.InvalidArgument });
    const elsewhere = await bus.durable(enqueue).start({ text: 'b' }, { idempotencyKey: 'k' });
    expect((await elsewhere.wait()).text).toBe('b2');
  });

  it('is queued by who starts it again, when the first who did died in between', async () => {
    await (await serve(() => 'never')).stop();
    const { id } = await bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' });
    // Stored, and never queued: the broker has never seen its message.
    await withManager(system.nats.url, (manager) => manager.streams.delete(queue));
    await (await serve(() => 'never')).stop();
    expect(await queued()).toBe(0);
    await bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' });
    await bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' });
    expect(await queued()).toBe(1);
    await serve(({ text }) => text);
    expect((await bus.durable(work).find(id).wait()).text).toBe('a');
  });

  it('is tried again after an error that may pass, and ends with one that does not', async () => {
    const attempts: (number | undefined)[] = [];
    await serve(({ text }, context) => {
      attempts.push(operation(context)?.attempt);
      if (text === 'gone') throw new ConnectError('no such thing', Code.NotFound);
      if (attempts.length < 3) throw new ConnectError('later', Code.Unavailable);
      return 'done';
    });
    expect((await (await bus.durable(work).start({ text: 'a' })).wait()).text).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
    const gone = await bus.durable(work).start({ text: 'gone' });
    await expect(failureOf(gone.wait())).resolves.toMatchObject({
      code: Code.NotFound,
      rawMessage: 'no such thing',
    });
    expect(attempts).toHaveLength(4);
  });

  it('ends with its last error when its attempts are used up, and tells nothing of the inside', async () => {
    const last: (boolean | undefined)[] = [];
    await serve((_, context) => {
      last.push(operation(context)?.isLast);
      throw new Error('password=hunter2');
    });
    const error = await failureOf((await bus.durable(enqueue).start({ text: 'a' })).wait());
    expect(error).toMatchObject({ code: Code.Internal });
    expect((error as Error).message).not.toContain('hunter2');
    expect(last).toEqual([false, false, true]);
  });

  it('has the context of any call, and its operation', async () => {
    const seen: unknown[] = [];
    await serve((_, context) => {
      seen.push(
        identity(context)?.subject,
        context.requestHeader.get('x-colour'),
        context.requestHeader.get('authorization'),
        operation(context)?.id,
        (context.timeoutMs() ?? 0) > 10_000,
      );
      return 'x';
    });
    const call = await bus.durable(work).start(
      { text: 'a' },
      {
        identity: { subject: 'ann', issuer: 'test', scopes: [] },
        metadata: [
          ['X-Colour', 'red'],
          ['Authorization', 'Bearer secret'],
        ],
      },
    );
    await call.wait();
    expect(seen).toEqual(['ann', 'red', null, call.id, true]);
    await bus.client(WorkService).work({ text: 'direct' });
    expect(seen[8]).toBeUndefined();
  });

  it('belongs to who made it', async () => {
    await serve(() => 'x');
    const ann = { subject: 'ann', issuer: 'test', scopes: [] };
    const call = await bus.durable(work).start({ text: 'a' }, { identity: ann, idempotencyKey: 'k' });
    const other = await bus.durable(work).start({ text: 'other' }, { idempotencyKey: 'k' });
    await Promise.all([call.wait(), other.wait()]);
    expect(await bus.durable(work).find(call.id).get()).toBeUndefined();
    expect(await listed()).toEqual([other.id]);
  });

  it('tells its progress', async () => {
    const { opened, open } = gate();
    await serve(async (_, context) => {
      await operation(context)?.progress(WorkProgressSchema, { percent: 50 });
      await opened;
      return 'x';
    });
    const call = await bus.durable(work).start({ text: 'a' });
    await until('progress is told', async () => {
      const progress = (await call.get())?.progress;
      return progress?.typeUrl === 'type.googleapis.com/busline.bench.v1.WorkProgress';
    });
    open();
    await call.wait();
  });

  it.each(['queued', 'running'])('is cancelled while it is %s', async (state) => {
    const started = gate();
    const worker = await serve(
      (_, context) =>
        new Promise((_resolve, reject) => {
          started.open();
          context.signal.addEventListener('abort', () => reject(context.signal.reason));
        }),
    );
    const steps: Record<string, () => Promise<unknown>> = {
      queued: () => worker.stop(),
      running: () => Promise.resolve(),
    };
    await steps[state]?.();
    const call = await bus.durable(work).start({ text: 'a' });
    await { queued: Promise.resolve(), running: started.opened }[state];
    await call.cancel();
    await expect(failureOf(call.wait())).resolves.toMatchObject({ code: Code.Canceled });
    expect(await call.get()).toMatchObject({ state: State.DONE, cancelRequested: true });
  });

  it('is not run again when its worker died between the outcome and the acknowledgement', async () => {
    let runs = 0;
    const worker = await serve(() => `run ${++runs}`);
    const call = await bus.durable(work).start({ text: 'a' }, { idempotencyKey: 'k' });
    await call.wait();
    await worker.stop();
    // The message as the queue would still have it.
    await withManager(system.nats.url, async (_, nats) => {
      await jetstream(nats).publish(
        `ops.busline.bench.v1.WorkService.Work.0.anonymous-${call.id}`,
        new Uint8Array(0),
      );
    });
    await serve(() => `run ${++runs}`);
    await until('the queue is empty', async () => (await queued()) === 0);
    expect((await call.wait()).text).toBe('run 1');
    expect(runs).toBe(1);
  });

  it('is given up when every attempt ended with the death of its worker', async () => {
    await (await serve(() => 'never')).stop();
    const call = await bus.durable(enqueue).start({ text: 'a' });
    // Three workers that take it and are never heard of again.
    await withManager(system.nats.url, async (_, nats) => {
      const consumer = await jetstream(nats).consumers.get(queue, 'Enqueue');
      for (let deaths = 0; deaths < 3; deaths++) (await consumer.next())?.nak();
    });
    let runs = 0;
    await serve(() => `run ${++runs}`);
    const error = await failureOf(call.wait());
    expect([faultReason(error), error.code]).toEqual(['ATTEMPTS_EXHAUSTED', Code.Internal]);
    expect(runs).toBe(0);
    await until('the queue is empty', async () => (await queued()) === 0);
  });

  it('goes to another worker when its own leaves, or is killed', async () => {
    const worker = await system.fork({}, './durable-worker.ts');
    const call = await bus.durable(work).start({ text: 'hang' });
    await until('it runs', async () => (await call.get())?.state === State.RUNNING);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await serve((_, context) => `attempt ${operation(context)?.attempt}`);
    expect((await call.wait()).text).toBe('attempt 2');
  }, 20_000);

  it('survives a restart of the broker', async () => {
    const { opened, open } = gate();
    const started = gate();
    await serve(async () => {
      started.open();
      await opened;
      return 'done';
    });
    const call = await bus.durable(work).start({ text: 'a' });
    const waiting = call.wait();
    await started.opened;
    await system.nats.restart();
    open();
    expect((await waiting).text).toBe('done');
    expect(await call.get()).toMatchObject({ state: State.DONE });
  }, 20_000);

  it('too large for one message of the broker is refused before it is stored', async () => {
    await serve(({ text }) => text.repeat(3));
    await expect(failureOf(bus.durable(work).start({ text: 'x'.repeat(2 ** 20) }))).resolves.toMatchObject({
      code: Code.ResourceExhausted,
    });
    const call = await bus.durable(work).start({ text: 'x'.repeat(600_000) });
    await expect(failureOf(call.wait())).resolves.toMatchObject({
      code: Code.ResourceExhausted,
      rawMessage: expect.stringContaining('the response has'),
    });
  });
});
