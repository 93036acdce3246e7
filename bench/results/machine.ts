import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { MachineFacts } from './result-file.ts';

/** This machine, with the versions of what takes part. */
export function machineFacts(versions: MachineFacts['versions']): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version.slice(1),
    versions,
  };
}
