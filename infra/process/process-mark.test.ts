import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processMark } from './process-mark.ts';

describe('processMark()', () => {
  it('stays the same for one process', async () => {
    expect(await processMark(process.pid)).toBe(await processMark(process.pid));
    expect(await processMark(process.pid)).toBeDefined();
  });

  it('differs between processes, and is gone with the process', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child, 'spawn');
    const mark = await processMark(child.pid ?? 0);
    expect(mark).toBeDefined();
    expect(mark).not.toBe(await processMark(process.pid));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await processMark(child.pid ?? 0)).toBeUndefined();
  });
});
