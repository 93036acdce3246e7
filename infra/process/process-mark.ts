import { readFile } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/**
 * What tells a running process from any other that has or had its id: when it started. Undefined when no process with
 * this id runs.
 */
export async function processMark(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // `pid (name) state …`: the name may itself contain spaces and parentheses. The start time is the 22nd field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat === '' || fields[0] === 'Z' ? undefined : fields[19];
  }
  const started = await runCommand('ps', ['-o', 'lstart=', '-p', String(pid)], { timeoutMs: 5_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  return started === '' ? undefined : started;
}
