import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startNatsServer } from '../nats/index.ts';
import { findFreePort, isPortFree } from '../process/free-port.ts';
import { isRunning } from '../testing/is-running.ts';
import { OBEDIENT } from '../testing/stand-in-process.ts';
import { createStandInSystem, type StandInSystem } from '../testing/stand-in-system.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { waitUntil } from '../testing/wait-until.ts';
import type { StackEvent } from './events.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';

async function start(
  system: StandInSystem,
  options: StackOptions = {},
): Promise<{ stack: Stack; events: StackEvent[] }> {
  const events: StackEvent[] = [];
  const stack = await startStack({
    root: system.root,
    apiPort: 0,
    natsPort: 0,
    natsUrl: '',
    onEvent: (event) => {
      if (event.type !== 'nats-search') events.push(event);
    },
    ...options,
  });
  onTestFinished(async () => await stack.stop());
  return { stack, events };
}

function names(stack: Stack): string[] {
  return stack.processes().map(({ name }) => name);
}

async function ask(stack: Stack): Promise<string> {
  return await (await fetch(stack.apiUrl, { headers: { connection: 'close' } })).text();
}

describe('startStack()', () => {
  it('starts NATS, the edge and every worker, and stops them in order', async () => {
    const system = await createStandInSystem(['greeter']);
    await system.writeWorker('orders', undefined, { replicas: 2, example: { path: '/v1/orders' } });
    const { stack } = await start(system);
    expect(names(stack)).toEqual(['nats', 'edge-1', 'greeter-1', 'orders-1', 'orders-2']);
    expect(await ask(stack)).toBe('first');
    expect(stack.workers).toEqual(
      new Map([
        ['greeter', 1],
        ['orders', 2],
      ]),
    );
    expect(stack.examples).toEqual([{ path: '/v1/orders', body: undefined }]);
    expect(stack.natsDescription).toMatch(/^nats-server 2\.\d+\.\d+ \(.+\), JetStream in /);
    const session: unknown = JSON.parse(
      await readFile(join(system.root, '.busline', 'session.json'), 'utf8'),
    );
    expect(session).toMatchObject({
      supervisorPid: process.pid,
      apiUrl: stack.apiUrl,
      natsUrl: stack.natsUrl,
      processes: stack.processes().map(({ name, pid }) => ({ name, pid })),
    });

    const pids = stack.processes().map(({ pid }) => pid);
    await stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    const ends = (await system.notes()).filter((note) => note.endsWith('term'));
    expect(ends[0]).toBe('edge term');
    expect(ends.slice(1).sort()).toEqual(['greeter term', 'orders term', 'orders term']);
    expect(await readdir(join(system.root, '.busline'))).not.toContain('session.json');
    expect((await readdir(stack.logDir)).sort()).toEqual([
      'edge-1.log',
      'greeter-1.log',
      'nats.log',
      'orders-1.log',
      'orders-2.log',
    ]);
  });

  it('runs as many instances as asked for, and passes the environment', async () => {
    const system = await createStandInSystem(['greeter', 'orders']);
    await system.writeWorker('orders', ['note(process.env.WORD + process.env.NATS_URL);', 'ready();']);
    const { stack } = await start(system, { workers: { orders: 3, greeter: 0 }, env: { WORD: 'hello-' } });
    expect(names(stack)).toEqual(['nats', 'edge-1', 'orders-1', 'orders-2', 'orders-3']);
    const said = (await system.notes()).filter((note) => note.includes('hello'));
    expect(new Set(said)).toEqual(new Set([`orders hello-${stack.natsUrl}`]));
  });

  it('takes orders on a socket: more instances, fewer, new ones', async () => {
    const system = await createStandInSystem(['orders']);
    const { stack, events } = await start(system);
    const { controlSocket } = JSON.parse(
      await readFile(join(system.root, '.busline', 'session.json'), 'utf8'),
    ) as { controlSocket: string };
    const order = async (what: object): Promise<{ ok: boolean; error?: string }> => {
      const socket = connect(controlSocket);
      socket.write(`${JSON.stringify(what)}\n`);
      const [answer] = await once(socket, 'data');
      socket.end();
      return JSON.parse(String(answer));
    };
    const workers = () => names(stack).filter((name) => name.startsWith('orders'));
    const before = stack.processes();
    expect(await order({ do: 'scale', worker: 'orders', count: 3 })).toMatchObject({ ok: true });
    expect(workers()).toEqual(['orders-1', 'orders-2', 'orders-3']);
    expect(await order({ do: 'drain', what: 'orders-2' })).toMatchObject({ ok: true });
    expect(workers()).toEqual(['orders-1', 'orders-3']);
    expect(await system.notes()).toContain('orders term');
    expect(await order({ do: 'restart', what: 'orders' })).toMatchObject({ ok: true });
    expect(stack.processes().map(({ pid }) => pid)).not.toContain(
      before.find(({ name }) => name === 'orders-1')?.pid,
    );
    await system.writeWorker('orders', ['process.exit(3);']);
    expect(await order({ do: 'scale', worker: 'orders', count: 4 })).toEqual({
      ok: false,
      error: expect.stringMatching(/^orders-\d ended while starting/),
    });
    expect(workers()).toEqual(['orders-1', 'orders-3']);
    expect(await order({ do: 'scale', worker: 'payments', count: 1 })).toEqual({
      ok: false,
      error: 'there is no worker payments; there are orders',
    });
    expect(await order({ do: 'dance' })).toMatchObject({ ok: false });
    expect(events).toContainEqual({ type: 'scaled', name: 'orders', replicas: 3 });
    await stack.stop();
    expect(existsSync(controlSocket)).toBe(false);
  });

  it('tells what its processes log as failed, the first few of many', async () => {
    const system = await createStandInSystem(['orders']);
    const failed = JSON.stringify({ level: 50, msg: 'a handler failed', err: { message: 'no' } });
    await system.writeWorker('orders', [
      ...OBEDIENT,
      `for (let count = 0; count < 5; count += 1) console.log(${JSON.stringify(failed)});`,
    ]);
    const { events } = await start(system, {});
    await waitUntil('it is told', () => events.some(({ type }) => type === 'failures-logged'));
    const failure = { text: 'a handler failed: no', details: [] };
    expect(events.find(({ type }) => type === 'failures-logged')).toMatchObject({
      process: 'orders-1',
      failures: [failure, failure],
      more: 3,
    });
  });

  it('moves off a port that is taken, and says so', async () => {
    const port = await findFreePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      other.close();
    });
    const { stack, events } = await start(await createStandInSystem([]), { apiPort: port, natsPort: port });
    const moved = events.filter((event) => event.type === 'port-moved');
    expect(moved.map(({ what, wanted }) => [what, wanted])).toEqual([
      ['NATS', port],
      ['the API', port],
    ]);
    expect(stack.apiUrl).toBe(`http://127.0.0.1:${moved[1]?.used}`);
    expect(await ask(stack)).toBe('first');
  });

  it('starts again whatever is killed, NATS too, on the same port', async () => {
    const { stack, events } = await start(await createStandInSystem(['orders']));
    const before = stack.processes();
    for (const running of before) running.kill();
    const restarted = () => events.filter(({ type }) => type === 'restarted').length;
    await waitUntil('all run again', () => restarted() === before.length);
    expect(names(stack)).toEqual(['nats', 'edge-1', 'orders-1']);
    const old = new Set(before.map(({ pid }) => pid));
    expect(stack.processes().filter(({ pid }) => old.has(pid))).toEqual([]);
    expect(await ask(stack)).toBe('first');
    expect(await isPortFree(Number(new URL(stack.natsUrl).port))).toBe(false);
  });

  it('uses a NATS server that is there, and leaves it running', async () => {
    const nats = await startNatsServer({ directory: await temporaryDirectory(), config: { port: 0 } });
    onTestFinished(async () => await nats.stop());
    const { stack } = await start(await createStandInSystem(['orders']), { natsUrl: nats.url });
    expect(stack.natsUrl).toBe(nats.url);
    expect(stack.natsDescription).toBe(`nats-server ${nats.server.version} from NATS_URL`);
    expect(names(stack)).toEqual(['edge-1', 'orders-1']);
    await stack.stop();
    expect(isRunning(nats.pid)).toBe(true);
  });

  it('keeps data unless it is ephemeral', async () => {
    const system = await createStandInSystem([]);
    const data = join(system.root, '.busline', 'nats', 'jetstream');
    const first = await start(system, { ephemeral: true });
    expect(first.stack.natsDescription).toContain('forgotten at the end');
    await first.stack.stop();
    expect(existsSync(data)).toBe(false);
    const second = await start(system);
    await second.stack.stop();
    expect(existsSync(data)).toBe(true);
  });

  it('names the process that does not come up, with what it said, and leaves nothing running', async () => {
    const system = await createStandInSystem(['greeter']);
    await system.writeWorker('orders', [`throw new Error('no stock');`]);
    await expect(start(system)).rejects.toMatchObject({
      name: 'StartFailure',
      message: 'orders-1 ended while starting (exit code 1)',
      output: expect.stringContaining('Error: no stock'),
      logFile: join(system.root, '.busline', 'logs', 'orders-1.log'),
    });
    const started = (await readFile(join(system.root, 'notes'), 'utf8'))
      .split('\n')
      .map((line) => parseInt(line, 10));
    expect(started.filter((pid) => pid > 0 && isRunning(pid))).toEqual([]);
  });

  it('refuses a worker that is not there, and a second stack on the same data', async () => {
    const system = await createStandInSystem(['orders']);
    await expect(start(system, { workers: { order: 1 } })).rejects.toThrow("unknown worker 'order'");
    const { stack } = await start(system);
    const before = await readdir(join(system.root, '.busline'));
    await expect(start(system)).rejects.toThrow(`busline already runs on ${join(system.root, '.busline')}`);
    expect(await readdir(join(system.root, '.busline'))).toEqual(before);
    expect(names(stack)).toEqual(['nats', 'edge-1', 'orders-1']);
  });

  it('gives up starting when told to', async () => {
    const system = await createStandInSystem([]);
    await system.writeWorker('slow', [`note('starting');`]);
    const abort = new AbortController();
    const starting = start(system, { signal: abort.signal });
    const outcome = expect(starting).rejects.toThrow(/aborted/);
    await waitUntil('the worker starts', async () => (await system.notes()).includes('slow starting'));
    abort.abort();
    await outcome;
  });

  it('ends everything at once when told to', async () => {
    const system = await createStandInSystem([]);
    await system.writeWorker('stubborn', [`process.on('SIGTERM', () => {});`, 'ready();']);
    const { stack, events } = await start(system);
    const pids = stack.processes().map(({ pid }) => pid);
    stack.kill();
    await stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('leaves nothing running when this process is killed', async () => {
    const system = await createStandInSystem(['orders']);
    const options = { root: system.root, apiPort: 0, natsPort: 0, natsUrl: '' };
    const script = `
      import { startStack } from ${JSON.stringify(import.meta.resolve('./stack.ts'))};
      const stack = await startStack(${JSON.stringify(options)});
      console.log(JSON.stringify(stack.processes().map(({ pid }) => pid)));
    `;
    const supervisor = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(supervisor.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(output.toString()) as number[];
    expect(pids.filter(isRunning)).toHaveLength(3);
    supervisor.kill('SIGKILL');
    await waitUntil('all have ended', () => !pids.some(isRunning));
  });
});

describe('startStack() with watch', () => {
  it.each([
    ['lets contracts break on a server of its own', {}, undefined, 'warn'],
    ['not on a server that others use', { natsUrl: 'theirs' }, undefined, 'undefined'],
    ['and not without watching', { watch: false }, undefined, 'undefined'],
    ['nor when told otherwise', {}, 'refuse', 'refuse'],
  ])('%s', async (_, options, gate, expected) => {
    const system = await createStandInSystem(['orders']);
    await system.writeWorker('orders', [`note('gate-' + process.env.BUSLINE_CONTRACT_GATE);`, ...OBEDIENT]);
    const theirs = await startNatsServer({ directory: await temporaryDirectory(), config: { port: 0 } });
    onTestFinished(async () => await theirs.stop());
    await start(system, {
      watch: true,
      ...options,
      ...('natsUrl' in options ? { natsUrl: theirs.url } : {}),
      env: gate === undefined ? {} : { BUSLINE_CONTRACT_GATE: gate },
    });
    expect(await system.notes()).toContain(`orders gate-${expected}`);
  });

  it('reloads what a saved file belongs to, and keeps what does not start', async () => {
    const system = await createStandInSystem(['greeter', 'orders']);
    const { stack, events } = await start(system, { watch: true });
    const pidOf = (name: string) => stack.processes().find((running) => running.name === name)?.pid;
    const [greeter, orders] = [pidOf('greeter-1'), pidOf('orders-1')];

    await system.writeWorker('orders', ['this is no program']);
    await waitUntil('the failure is shown', () => events.some(({ type }) => type === 'reload-failed'));
    expect(events.at(-1)).toMatchObject({ what: 'orders', output: expect.stringContaining('SyntaxError') });
    expect(pidOf('orders-1')).toBe(orders);

    await system.writeWorker('orders');
    await waitUntil('the worker is reloaded', () => events.some(({ type }) => type === 'reloaded'));
    expect(pidOf('orders-1')).not.toBe(orders);
    expect(pidOf('greeter-1')).toBe(greeter);
  });

  it('reloads the edge without a failed request', async () => {
    const system = await createStandInSystem([]);
    const { stack } = await start(system, { watch: true });
    const answers = new Set<string>();
    const failures: string[] = [];
    let asking = true;
    const clients = Array.from({ length: 4 }, async () => {
      while (asking)
        await ask(stack).then(
          (text) => answers.add(text),
          (error) => failures.push(String(error)),
        );
    });
    await waitUntil('the edge answers', () => answers.size > 0);
    await system.writeEdge('second');
    await waitUntil('the new edge answers', () => answers.has('second'));
    await waitUntil('the old edge has ended', async () => (await system.notes()).includes('edge term'));
    asking = false;
    await Promise.all(clients);
    expect(failures).toEqual([]);
  });

  it('starts a worker whose folder appears, and ends one whose folder goes', async () => {
    const system = await createStandInSystem(['orders']);
    const { stack, events } = await start(system, { watch: true });
    await system.writeWorker('mailer', undefined, { replicas: 2 });
    await waitUntil('the worker runs', () => events.some(({ type }) => type === 'worker-added'));
    expect(names(stack)).toEqual(['nats', 'edge-1', 'orders-1', 'mailer-1', 'mailer-2']);
    await rm(join(system.root, 'workers', 'orders'), { recursive: true });
    await waitUntil('the worker has ended', () => events.some(({ type }) => type === 'worker-removed'));
    expect(names(stack)).toEqual(['nats', 'edge-1', 'mailer-1', 'mailer-2']);
  });

  it('generates when a contract is saved, then reloads who reads what was generated', async () => {
    const system = await createStandInSystem(['greeter', 'orders']);
    await writeInto(system, 'workers/orders/order.ts', `export type * from '@shop/schemas/orders';`);
    const generated = join(system.root, 'schemas', 'gen');
    const generator = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      mkdirSync(${JSON.stringify(generated)}, { recursive: true });
      writeFileSync(${JSON.stringify(join(generated, 'orders_pb.ts'))}, String(process.pid));
    `;
    await writeInto(system, 'infra/contracts/main.ts', generator);
    await writeInto(system, 'schemas/orders.proto', '');
    const { events } = await start(system, { watch: true });
    await writeFile(join(system.root, 'schemas', 'orders.proto'), 'syntax = "proto3";');
    await waitUntil('the worker is reloaded', () => events.some(({ type }) => type === 'reloaded'));
    expect(events).toMatchObject([{ type: 'generated' }, { type: 'reloaded', what: 'orders' }]);

    await writeInto(
      system,
      'infra/contracts/main.ts',
      `console.error('orders.proto:1:1:no'); process.exit(1);`,
    );
    await writeFile(join(system.root, 'schemas', 'orders.proto'), 'nonsense');
    await waitUntil('the failure is shown', () => events.some(({ type }) => type === 'reload-failed'));
    expect(events.at(-1)).toMatchObject({ what: 'contracts', output: 'orders.proto:1:1:no' });
  });
});

async function writeInto(system: StandInSystem, path: string, text: string): Promise<void> {
  await mkdir(join(system.root, path, '..'), { recursive: true });
  await writeFile(join(system.root, path), text);
}
