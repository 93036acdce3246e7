import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { closeSync } from 'node:fs';
import { guardAgainstOrphan } from '../process/orphan-guard.ts';
import type { InstanceLog } from './instance-log.ts';
import { describeExit, type ProcessExit, type RunningProcess } from './running-process.ts';

export interface LaunchOptions {
  /** For messages, such as `orders-2`. */
  readonly name: string;
  /** The TypeScript file to run. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: InstanceLog;
  /** The process must send `{type: 'ready'}` within this time, or counts as failed. */
  readonly readyTimeoutMs: number;
  /**
   * `true` for a process that listens on a port: instances that run at the same time then share one listening socket,
   * so that connections go over from the old to the new without one being refused (`node:cluster`). The process only
   * calls `listen(port)` as ever.
   */
  readonly sharesPort?: boolean;
}

/** Starts a Node process whose output goes to a log file. It ends with this process at the latest. */
export function launchProcess(options: LaunchOptions): RunningProcess {
  const { descriptor, position } = options.log.open();
  const child = options.sharesPort ? forkInCluster(options, descriptor) : forkAlone(options, descriptor);
  closeSync(descriptor);
  const guard = child.pid === undefined ? undefined : guardAgainstOrphan(child.pid);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      guard?.release();
      resolve({ code, signal });
    });
    // Without an id it never ran; with one, the error is a signal or message to a process that has just ended.
    child.on('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  let warnings: readonly string[] = [];
  const ready = waitForReady(child, exited, options.readyTimeoutMs).then((message) => {
    warnings = message.warnings ?? [];
  });
  // Whoever launched decides when to look; a failure before that is not an unhandled one.
  ready.catch(() => {});
  return {
    pid: child.pid ?? 0,
    exited,
    ready,
    output: () => options.log.readFrom(position),
    warnings: () => warnings,
    signal: (name) => {
      child.kill(name);
    },
  };
}

function forkAlone({ entry, env }: LaunchOptions, log: number): ChildProcess {
  return fork(entry, [], {
    env,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
    // Its own process group: Ctrl-C in the terminal reaches only this process, which stops the others in order.
    detached: true,
  });
}

function forkInCluster({ entry, env }: LaunchOptions, log: number): ChildProcess {
  // The instances accept from the shared socket themselves; the other policy would pass every connection through
  // this process. Both settings are read by the fork that follows.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: entry, args: [], execArgv: [], stdio: ['ignore', log, log, 'ipc'] });
  return cluster.fork(env).process;
}

async function waitForReady(
  child: ChildProcess,
  exited: Promise<ProcessExit>,
  timeoutMs: number,
): Promise<ReadyMessage> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ReadyMessage>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`was not ready within ${timeoutMs / 1000} s`)), timeoutMs);
      child.on('message', (message: unknown) => {
        if (isReady(message)) resolve(message);
      });
      void exited.then((exit) => reject(new Error(`ended while starting (${describeExit(exit)})`)));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** What a process sends once it is ready. */
interface ReadyMessage {
  readonly type: 'ready';
  /** What whoever started it should know of, in words. */
  readonly warnings?: readonly string[];
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}
