import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort, isPortFree } from '../process/free-port.ts';
import { isRunning } from '../testing/is-running.ts';
import { writeProgram } from '../testing/stand-in-program.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { type StartNatsOptions, startNatsServer } from './start-nats-server.ts';

async function start(options: Partial<StartNatsOptions> = {}) {
  const directory = options.directory ?? (await temporaryDirectory());
  const server = await startNatsServer({ config: { port: 0, monitorPort: 0 }, ...options, directory });
  onTestFinished(async () => await server.stop());
  return { server, directory };
}

describe('startNatsServer()', () => {
  it('resolves when the server accepts connections, with JetStream in its directory', async () => {
    const { server, directory } = await start();
    expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
    expect(await isPortFree(server.port)).toBe(false);
    const health = await fetch(`${server.monitorUrl}/healthz`);
    expect(await health.json()).toMatchObject({ status: 'ok' });
    const jetStream = await (await fetch(`${server.monitorUrl}/jsz`)).json();
    expect(jetStream).toMatchObject({ config: { store_dir: join(directory, 'jetstream') } });
    expect(((await stat(join(directory, 'nats.conf'))).mode & 0o777).toString(8)).toBe('600');
    expect(await server.logTail(1)).toContain('Server is ready');
  });

  it('ends on stop, frees the port and can be stopped again', async () => {
    const { server } = await start();
    await server.stop();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(await isPortFree(server.port)).toBe(true);
    await server.stop();
  });

  it('stops a server that does not react, by force', async () => {
    const path = await writeProgram(
      join(await temporaryDirectory(), 'nats-server'),
      'trap "" TERM',
      `ports=$(sed -n 's/^ports_file_dir: "\\(.*\\)"$/\\1/p' "$2")`,
      `echo '{"nats":["nats://127.0.0.1:4222"]}' > "$ports/stubborn_$$.ports"`,
      'while :; do sleep 0.1; done',
    );
    const { server } = await start({ server: { path, version: '2.15.1', origin: 'test' } });
    await server.stop(100);
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('takes a changed configuration over without a restart', async () => {
    const { server } = await start();
    await server.reload({ port: 0, monitorPort: 0, maxPayloadBytes: 4_096 });
    const variables = await (await fetch(`${server.monitorUrl}/varz`)).json();
    expect(variables).toMatchObject({ max_payload: 4_096 });
  });

  it("passes on the server's refusal of a change", async () => {
    const { server } = await start();
    const refused = server.reload({ port: 0, monitorPort: 0, serverName: 'other' });
    await expect(refused).rejects.toThrow(
      'the server refused its new configuration: config reload not supported',
    );
  });

  it('fails with the reason when the port is taken', async () => {
    const port = await findFreePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      other.close();
    });
    await expect(start({ config: { port } })).rejects.toThrow(
      /^nats-server 2\.\d+\.\d+ \(.+\) ended while starting \(exit code 1\):.+address already in use/s,
    );
  });

  it('names what it waits for when the server does not come up', async () => {
    const path = await writeProgram(
      join(await temporaryDirectory(), 'nats-server'),
      'echo thinking >&2',
      'exec sleep 60',
    );
    const server = { path, version: '2.15.1', origin: 'test' };
    await expect(start({ server, readyTimeoutMs: 200 })).rejects.toThrow(
      /did not accept connections within 0.2 s:\nthinking$/,
    );
  });

  it('fails when the program cannot be run', async () => {
    const server = { path: '/nowhere/nats-server', version: '2.15.1', origin: 'test' };
    await expect(start({ server })).rejects.toThrow('/nowhere/nats-server could not be started');
  });

  it('refuses a second server on the same directory', async () => {
    const { directory, server } = await start();
    await expect(start({ directory })).rejects.toThrow(
      `in use by the nats-server with process id ${server.pid}`,
    );
    expect(isRunning(server.pid)).toBe(true);
  });

  it('leaves no server behind when its owner is killed, and the next start works', async () => {
    const directory = await temporaryDirectory();
    const script = `
      import { startNatsServer } from ${JSON.stringify(import.meta.resolve('./start-nats-server.ts'))};
      const server = await startNatsServer({ directory: ${JSON.stringify(directory)}, config: { port: 0 } });
      console.log(server.pid);
      setInterval(() => {}, 60_000);
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(isRunning(pid)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'close');
    const { server } = await start({ directory });
    await waitUntil('the left-over server has ended', () => !isRunning(pid));
    expect(isRunning(server.pid)).toBe(true);
    expect(await readdir(directory)).toContain('jetstream');
  });
});
