import { readFileSync } from 'node:fs';

/**
 * Whether a process runs. One that has ended but whose parent has not collected it (a zombie) does not; its id still
 * answers to signals, so on Linux its state decides.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
