import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const TIMEOUT_MS = 5_000;

/** Waits until a process that was sent SIGSTOP has stopped with all its threads. */
export async function waitUntilStopped(pid: number): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!(await threadStates(pid)).every((state) => state === 'T')) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not stop within ${TIMEOUT_MS} ms`);
    await delay(1);
  }
}

/** One letter per thread; `T` is stopped. Outside Linux the process's own state has to do. */
async function threadStates(pid: number): Promise<string[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
    return [stdout.trim().slice(0, 1)];
  }
  const threads = await readdir(`/proc/${pid}/task`);
  return await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'latin1');
      // `pid (name) state …`: the name may itself contain spaces and parentheses.
      return stat.charAt(stat.lastIndexOf(')') + 2);
    }),
  );
}
