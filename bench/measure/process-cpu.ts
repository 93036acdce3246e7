import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

let ticksPerSecond: number | undefined;

/**
 * CPU time, user and system, that a process has used so far, in microseconds, from /proc (Linux). It counts in
 * ticks of 10 ms, which is half a per cent of a window of two seconds.
 *
 * @throws Error where there is no such process, or no /proc.
 */
export async function processCpuUs(pid: number): Promise<number> {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return parseStatTicks(await readFile(`/proc/${pid}/stat`, 'utf8')) * (1_000_000 / ticksPerSecond);
}

/** Ticks in user and kernel mode from a line of /proc/<pid>/stat, see proc_pid_stat(5), fields 14 and 15. */
export function parseStatTicks(stat: string): number {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) throw new Error(`not a line of /proc/<pid>/stat: ${stat.slice(0, 80)}`);
  return ticks;
}
