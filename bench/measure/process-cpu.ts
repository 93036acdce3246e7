import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

let ticksPerSecond: number | undefined;

/**
 * CPU time, user and system, that a process has used so far, in microseconds, from /proc (Linux). It counts in
 * ticks of 10 ms, which is half a per cent of a window of two seconds.
 *
 * @throws Error where there is no such process, or no /proc.
 */
export async function processCpuUs(pid: number): Promise<number> {
  return microseconds(parseStat(await readFile(`/proc/${pid}/stat`, 'utf8')).ticks);
}

/**
 * The same for all processes of a group, which is a program with those it forked.
 *
 * @throws Error where there is no such group, or no /proc.
 */
export async function groupCpuUs(group: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    // A process may end between the listing and the reading.
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)),
  );
  const members = stats.flatMap((stat) => stat ?? []).map(parseStat);
  const ticks = members.filter((member) => member.group === group).map((member) => member.ticks);
  if (ticks.length === 0) throw new Error(`no process of group ${group} is left`);
  return microseconds(ticks.reduce((sum, some) => sum + some));
}

/**
 * Process group, and ticks in user and kernel mode, from a line of /proc/<pid>/stat; see proc_pid_stat(5), fields 5,
 * 14 and 15.
 */
export function parseStat(stat: string): { readonly group: number; readonly ticks: number } {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) throw new Error(`not a line of /proc/<pid>/stat: ${stat.slice(0, 80)}`);
  return { group: Number(fields[2]), ticks };
}

function microseconds(ticks: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks * (1_000_000 / ticksPerSecond);
}
