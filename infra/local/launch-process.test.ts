import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '../process/free-port.ts';
import { isRunning } from '../testing/is-running.ts';
import { createStandIn, OBEDIENT, type StandIn } from '../testing/stand-in-process.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { createInstanceLog, type InstanceLog } from './instance-log.ts';
import { type LaunchOptions, launchProcess } from './launch-process.ts';
import { type RunningProcess, stopProcess } from './running-process.ts';

async function newLog(): Promise<InstanceLog> {
  return createInstanceLog(join(await temporaryDirectory(), 'x-1.log'));
}

async function launch(standIn: StandIn, options: Partial<LaunchOptions> = {}): Promise<RunningProcess> {
  const log = options.log ?? (await newLog());
  const running = launchProcess({
    name: 'x-1',
    entry: standIn.entry,
    env: {},
    readyTimeoutMs: 10_000,
    ...options,
    log,
  });
  onTestFinished(async () => {
    running.signal('SIGKILL');
    await running.exited;
  });
  return running;
}

describe('launchProcess()', () => {
  it('is ready when the process says so, and passes its environment', async () => {
    const standIn = await createStandIn('note(process.env.WORD);', ...OBEDIENT);
    const running = await launch(standIn, { env: { WORD: 'hello' } });
    await running.ready;
    expect(standIn.notes()).toEqual([
      { pid: running.pid, word: 'hello' },
      { pid: running.pid, word: 'ready' },
    ]);
    expect(await stopProcess(running, 10_000)).toBe(false);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('writes the output of the process to its log, and knows which part is its own', async () => {
    const log = await newLog();
    const first = await launch(await createStandIn(`console.log('one');`, 'ready();'), { log });
    await first.ready;
    const second = await launch(await createStandIn(`console.error('two');`, 'ready();'), { log });
    await second.ready;
    expect(second.output()).toBe('two\n');
    expect(await readFile(log.file, 'utf8')).toBe('one\ntwo\n');
  });

  it.each([
    ['ends first', 'process.exit(3);', 'ended while starting (exit code 3)'],
    ['cannot be read', 'this is no program', 'ended while starting (exit code 1)'],
    ['is killed', `process.kill(process.pid, 'SIGKILL');`, 'ended while starting (SIGKILL)'],
    ['says something else', `process.send({ type: 'hello' });`, 'was not ready within 0.5 s'],
  ])('is not ready when the process %s', async (_case, line, message) => {
    const running = await launch(await createStandIn(line), {
      readyTimeoutMs: message.includes('within') ? 500 : 10_000,
    });
    await expect(running.ready).rejects.toThrow(message);
  });

  it('hands a port over without refusing a connection', async () => {
    const standIn = await createStandIn(
      `import { createServer } from 'node:http';`,
      'const server = createServer((_, response) => setTimeout(() => response.end(String(process.pid)), 3));',
      `process.once('SIGTERM', () => server.close(() => process.exit(0)));`,
      `server.listen(Number(process.env.PORT), '127.0.0.1', ready);`,
    );
    const port = await findFreePort();
    const options = { env: { PORT: String(port) }, sharesPort: true };
    let running = await launch(standIn, options);
    await running.ready;

    const answers = new Set<string>();
    const failures: string[] = [];
    let asking = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (asking)
        await request(port).then(
          (body) => answers.add(body),
          (error) => failures.push(String(error)),
        );
    });
    const pids = [running.pid];
    for (let round = 0; round < 4; round++) {
      const next = await launch(standIn, options);
      await next.ready;
      await stopProcess(running, 10_000);
      await waitUntil('the new process answers', () => answers.has(String(next.pid)));
      running = next;
      pids.push(next.pid);
    }
    asking = false;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect([...answers].sort()).toEqual(pids.map(String).sort());
  });

  it('leaves no process behind when the one that launched it is killed', async () => {
    const stubborn = await createStandIn(`process.on('disconnect', () => {});`, 'ready();');
    const log = join(await temporaryDirectory(), 'x-1.log');
    const script = `
      import { createInstanceLog } from ${JSON.stringify(import.meta.resolve('./instance-log.ts'))};
      import { launchProcess } from ${JSON.stringify(import.meta.resolve('./launch-process.ts'))};
      const log = createInstanceLog(${JSON.stringify(log)});
      const options = { name: 'x-1', entry: ${JSON.stringify(stubborn.entry)}, env: {}, readyTimeoutMs: 10_000, log };
      const running = launchProcess(options);
      await running.ready;
      console.log(running.pid);
    `;
    const launcher = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(launcher.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(isRunning(pid)).toBe(true);
    launcher.kill('SIGKILL');
    await waitUntil('the process has ended', () => !isRunning(pid));
  });
});

async function request(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    const call = get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    call.on('error', reject);
  });
}
