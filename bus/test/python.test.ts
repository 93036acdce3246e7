import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { faultReason, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, ConnectError } from '@connectrpc/connect';
import { connect as dial } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frameKinds } from '../src/wire/packet.ts';
import { echoClient, failureOf, gate, type System, startSystem, until } from './system.ts';

const examples = fileURLToPath(new URL('../../examples/python/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const venv = process.env.BUSLINE_PYTHON;
const python = venv === undefined ? 'python3' : join(venv, 'bin', 'python');

const found = spawnSync(python, ['-c', 'import nats, google.protobuf'], { encoding: 'utf8' });
if (found.status !== 0) {
  const why = found.error?.message ?? found.stderr.trim().split('\n').at(-1);
  console.log(`examples/python is not tested: ${python}: ${why}; see examples/python/README.md`);
}

describe.skipIf(found.status !== 0)('examples/python', () => {
  let system: System;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let worker: ChildProcess | undefined;

  beforeAll(async () => {
    system = await startSystem();
    folder = mkdtempSync(join(tmpdir(), 'busline-python-'));
    const contract = join(folder, 'bench.binpb');
    const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
    await promisify(execFile)(buf, ['build', '--path', 'schemas/busline/bench/v1', '-o', contract], {
      cwd: root,
    });
    environment = {
      ...process.env,
      NATS_URL: system.nats.url,
      BUSLINE_CONTRACT: contract,
      PYTHONDONTWRITEBYTECODE: '1',
    };
  });
  afterEach(async () => {
    if (worker !== undefined && worker.exitCode === null && worker.signalCode === null) {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    await system.reset();
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts the Python worker, and waits until it serves. */
  async function startWorker(): Promise<ChildProcess> {
    worker = spawn(python, [join(examples, 'worker.py')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await Promise.race([
      once(worker.stdout as NodeJS.EventEmitter, 'data'),
      once(worker, 'exit'),
    ]);
    expect(String(said).trim()).toBe('ready');
    return worker;
  }

  /** Runs the Python client, and gives the line it prints. */
  async function runClient(...args: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(python, [join(examples, 'client.py'), ...args], {
      env: environment,
    });
    return JSON.parse(stdout);
  }

  async function serve() {
    const aborted = gate();
    const bus = await system.connect();
    await bus.serve({
      name: 'echo',
      version: '1.0.0',
      services: [
        implement(EchoService, {
          echo: ({ payload }) => ({ payload }),
          async *generate({ count, payloadBytes }, { signal }) {
            signal.addEventListener('abort', aborted.open);
            if (count < 0n) throw new ConnectError('no such count', Code.InvalidArgument);
            const payload = new Uint8Array(payloadBytes);
            for (let n = 0n; n < count; n++) yield { payload };
          },
        }),
      ],
    });
    return aborted;
  }

  it('the worker answers unary calls, those too large for one message too', async () => {
    await startWorker();
    const client = echoClient(await system.connect());
    for (const size of [0, 100, 2 * 1024 * 1024 - 17]) {
      const payload = new Uint8Array(size).fill(7);
      const answer = await client.echo({ payload });
      expect(Buffer.compare(answer.payload, payload)).toBe(0);
    }
  });

  it.each([
    [0, 10],
    [5, 0],
    [3, 2_000_000],
    [5_000, 1_000],
  ])('the worker streams %i messages of %i bytes', async (count, payloadBytes) => {
    await startWorker();
    const seen: number[] = [];
    for await (const { payload } of echoClient(await system.connect()).generate({
      count: BigInt(count),
      payloadBytes,
    })) {
      seen.push(payload.length);
    }
    expect(seen).toEqual(Array.from({ length: count }, () => payloadBytes));
  });

  it('the worker fails a stream with the code of its error', async () => {
    await startWorker();
    const messages = echoClient(await system.connect()).generate({ count: -1n });
    const error = await failureOf(messages[Symbol.asyncIterator]().next());
    expect([error.code, error.rawMessage]).toEqual([Code.InvalidArgument, 'count must be 0 or more, not -1']);
  });

  it('the worker stops at the window of a reader that takes nothing, and ends when it is cancelled', async () => {
    await startWorker();
    const client = echoClient(await system.connect());
    const listener = await dial({ servers: system.nats.url });
    let streamed = 0;
    let ended = false;
    listener.subscribe('_INBOX.*.s.*', {
      callback(_, { data }) {
        streamed += data.length;
        ended ||= data[8] === frameKinds.end;
      },
    });
    await listener.flush();
    const caller = new AbortController();
    const endless = client
      .generate({ count: 1_000_000_000n, payloadBytes: 10_000 }, { signal: caller.signal, timeoutMs: 60_000 })
      [Symbol.asyncIterator]();
    await endless.next();
    await until('the window is full', () => streamed > 1024 * 1024 - 10_000);
    // Whatever the worker had sent before this answer has been counted.
    await client.echo({});
    await listener.flush();
    expect(streamed).toBeLessThan(1024 * 1024 + 20_000);
    caller.abort();
    expect((await failureOf(untilItFails(endless))).code).toBe(Code.Canceled);
    await until('the worker has ended the stream', () => ended);
    await listener.close();
  });

  it('a killed worker is noticed within a second', async () => {
    const child = await startWorker();
    const endless = echoClient(await system.connect())
      .generate({ count: 1_000_000_000n, payloadBytes: 10_000 }, { timeoutMs: 60_000 })
      [Symbol.asyncIterator]();
    await endless.next();
    child.kill('SIGKILL');
    const killedAtMs = performance.now();
    const error = await failureOf(untilItFails(endless));
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    expect(faultReason(error)).toBe('WORKER_LOST');
  });

  it('the client calls a worker in TypeScript', async () => {
    await serve();
    expect(await runClient('echo', 'Grüße')).toEqual({ text: 'Grüße' });
    expect(await runClient('generate', '5000', '1000')).toEqual({ messages: 5_000, bytes: 5_000_000 });
    expect(await runClient('generate', '3', '2000000')).toEqual({ messages: 3, bytes: 6_000_000 });
    expect(await runClient('generate', '0', '5')).toEqual({ messages: 0, bytes: 0 });
  });

  it('the client is told of errors', async () => {
    expect(await runClient('echo', 'nobody')).toEqual({ error: expect.stringContaining('no responders') });
    expect(await runClient('generate', '1', '1')).toEqual({ error: '503: no worker is there' });
    await serve();
    expect(await runClient('generate', '-1', '1')).toEqual({ error: '3: no such count' });
  });

  it('the client leaves a stream early, and the handler is told', async () => {
    const aborted = await serve();
    expect(await runClient('generate', '1000000000', '1000', '7')).toEqual({ messages: 7, bytes: 7_000 });
    await aborted.opened;
  });

  it('the client calls the worker', async () => {
    await startWorker();
    expect(await runClient('echo', 'Ada')).toEqual({ text: 'Ada' });
    expect(await runClient('generate', '2000', '1000')).toEqual({ messages: 2_000, bytes: 2_000_000 });
    expect(await runClient('generate', '-1', '1')).toEqual({ error: '3: count must be 0 or more, not -1' });
  });
});

/** Reads on until the stream fails. */
async function untilItFails(messages: AsyncIterator<unknown>): Promise<void> {
  while ((await messages.next()).done !== true);
}
