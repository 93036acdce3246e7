import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { groupCpuUs, parseStat, processCpuUs } from './process-cpu.ts';

describe('parseStat()', () => {
  it.each([
    ['a plain name', '8 (node) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 9 9 20 0'],
    ['a name with spaces and a parenthesis', '8 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 9 9 20 0'],
  ])('reads the group, and adds user and system time, of %s', (_what, stat) => {
    expect(parseStat(stat)).toEqual({ group: 7, ticks: 300 });
  });

  it('refuses anything else', () => {
    expect(() => parseStat('not a stat line')).toThrow('/proc/<pid>/stat');
  });
});

describe('groupCpuUs()', () => {
  it('counts what a process forked', async () => {
    // The shell starts a second one that computes, and waits: nearly all of the time is the second one's.
    const script =
      'exec 3<&0; (i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done; read _ <&3) & wait';
    const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      await once(shell.stdout, 'data');
      const pid = shell.pid ?? Number.NaN;
      expect(await groupCpuUs(pid)).toBeGreaterThan(await processCpuUs(pid));
    } finally {
      process.kill(-(shell.pid ?? Number.NaN), 'SIGKILL');
    }
  });

  it('says when nothing of the group is left', async () => {
    await expect(groupCpuUs(2 ** 22 + 1)).rejects.toThrow('no process of group 4194305 is left');
  });
});
