import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processMark } from '../process/process-mark.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { claimDataDir } from './data-dir-claim.ts';

async function other(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const kill = async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  };
  onTestFinished(kill);
  await once(child, 'spawn');
  return { pid: child.pid ?? 0, kill };
}

describe('claimDataDir()', () => {
  it('refuses a directory that a running process holds, and takes it over when that is dead', async () => {
    const directory = await temporaryDirectory();
    const { pid, kill } = await other();
    await writeFile(join(directory, 'supervisor.pid'), `${pid} ${await processMark(pid)}\n`);
    await expect(claimDataDir(directory)).rejects.toThrow(
      `busline already runs on ${directory}, as process ${pid}`,
    );
    await kill();
    await claimDataDir(directory);
    await expect(claimDataDir(directory)).rejects.toThrow(`as process ${process.pid}`);
  });

  it('takes a directory whose holder is dead, though another process has its id', async () => {
    const directory = await temporaryDirectory();
    const { pid } = await other();
    await writeFile(join(directory, 'supervisor.pid'), `${pid} another mark\n`);
    await claimDataDir(directory);
  });

  it('gives it back', async () => {
    const directory = await temporaryDirectory();
    const release = await claimDataDir(directory);
    await release();
    expect(await readdir(directory)).toEqual([]);
  });
});
