import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../testing/is-running.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { freeDirectory, parseClaim } from './server-claim.ts';

/** No process has this id: it is above the highest that Linux gives out. */
const DEAD_PID = 4_194_400;

/** A process whose command line names the configuration file, as a server's does. */
async function startLeftOver(configFile: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sh', ['-c', 'while :; do sleep 0.1; done', 'nats-server', configFile], {
    stdio: 'ignore',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'spawn');
  // The kernel tells of the new program before it has its command line.
  const commandLine = () => readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => configFile);
  await expect.poll(commandLine, { timeout: 5_000 }).toContain(configFile);
  return Object.assign(child, { pid: child.pid ?? 0 });
}

async function claimedDirectory(claim: (configFile: string) => Promise<string>) {
  const directory = await temporaryDirectory();
  const configFile = join(directory, 'nats.conf');
  await writeFile(join(directory, 'nats.pid'), await claim(configFile));
  return { directory, configFile };
}

describe('freeDirectory()', () => {
  it('stops a server whose owner is dead', async () => {
    let left: (ChildProcess & { pid: number }) | undefined;
    const { directory, configFile } = await claimedDirectory(async (file) => {
      left = await startLeftOver(file);
      return `${left.pid} ${DEAD_PID}\n`;
    });
    await freeDirectory(directory, configFile);
    // It may still be on its way out, without its memory.
    await expect.poll(() => isRunning(left?.pid ?? process.pid), { timeout: 5_000 }).toBe(false);
  });

  it('refuses while the owner lives, naming both processes', async () => {
    let left: (ChildProcess & { pid: number }) | undefined;
    const { directory, configFile } = await claimedDirectory(async (file) => {
      left = await startLeftOver(file);
      return `${left.pid} ${process.pid}\n`;
    });
    await expect(freeDirectory(directory, configFile)).rejects.toMatchObject({
      name: 'ServerDirectoryInUseError',
      message: expect.stringContaining(`process id ${left?.pid}, started by process ${process.pid}`),
    });
    expect(isRunning(left?.pid ?? 0)).toBe(true);
  });

  it('leaves another process alone that was given the id since', async () => {
    const other = await startLeftOver('/somewhere/else.conf');
    const { directory, configFile } = await claimedDirectory(async () => `${other.pid} ${DEAD_PID}\n`);
    await freeDirectory(directory, configFile);
    expect(isRunning(other.pid)).toBe(true);
  });

  it('does nothing where no server was', async () => {
    const directory = await temporaryDirectory();
    await expect(freeDirectory(directory, join(directory, 'nats.conf'))).resolves.toBeUndefined();
  });
});

describe('parseClaim()', () => {
  it.each([
    ['12 34\n', { serverPid: 12, ownerPid: 34 }],
    ['12 3', undefined],
    ['12\n', undefined],
    ['x y\n', undefined],
    ['', undefined],
  ])('%j', (text, claim) => {
    expect(parseClaim(text)).toEqual(claim);
  });
});
