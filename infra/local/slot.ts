import { backoffMs, CRASH_LOOP_ATTEMPTS, STABLE_MS } from './backoff.ts';
import type { EventListener } from './events.ts';
import { failureText } from './failure-text.ts';
import { describeExit, type RunningProcess, stopProcess } from './running-process.ts';

export interface SlotOptions {
  /** For example `orders-2`. */
  readonly name: string;
  readonly logFile: string;
  readonly launch: () => RunningProcess;
  /** How long a process may take to finish what it does when asked to end. */
  readonly graceMs: number;
  readonly onEvent: EventListener;
  /** Default `backoffMs`. */
  readonly backoff?: (attempt: number) => number;
}

/**
 * The place of one process in the stack. It keeps the place filled: whatever process ends unasked is followed by
 * another, after a delay that grows with each crash in a row.
 */
export interface Slot {
  readonly name: string;
  readonly logFile: string;
  /** Of the current process; undefined while there is none. */
  readonly pid: number | undefined;
  /** Starts the first process. Rejects when it does not become ready; the slot is then stopped. */
  start(): Promise<void>;
  /**
   * Starts a second process and, once it is ready, ends the first, which finishes its work. When the second does not
   * become ready, the first stays and the promise rejects. Where no process runs, the next one starts at once.
   */
  replace(): Promise<void>;
  /** Ends the process, which may finish its work. Nothing is started after that. */
  stop(): Promise<void>;
  /** As `stop()`, at once: SIGKILL for every process of the slot. */
  kill(): void;
  /** Sends a signal to the process, or to both during a replacement. */
  signal(name: NodeJS.Signals): void;
}

/** A new process did not become ready. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  /** For example `was not ready within 15 s`. */
  readonly why: string;
  /** What the process wrote about it. */
  readonly output: string;
  readonly logFile: string;

  constructor(slot: Pick<SlotOptions, 'name' | 'logFile'>, why: string, output: string) {
    super(`${slot.name} ${why}`);
    this.why = why;
    this.output = output;
    this.logFile = slot.logFile;
  }
}

export function createSlot(options: SlotOptions): Slot {
  const { name, logFile, graceMs, onEvent, backoff = backoffMs } = options;
  const alive = new Set<RunningProcess>();
  const endings = new WeakMap<RunningProcess, Promise<void>>();
  let current: RunningProcess | undefined;
  let stopped = false;
  let crashes = 0;
  let pause: { readonly end: () => void } | undefined;

  async function launchUntilReady(): Promise<RunningProcess> {
    const running = options.launch();
    alive.add(running);
    void running.exited.then(() => alive.delete(running));
    try {
      await running.ready;
      for (const text of running.warnings()) onEvent({ type: 'warned', process: name, text });
      return running;
    } catch (error) {
      running.signal('SIGKILL');
      await running.exited;
      const why = error instanceof Error ? error.message : String(error);
      throw new StartFailure(options, why, failureText(running.output()));
    }
  }

  /** Makes a ready process the slot's own and follows it to its end. */
  function adopt(running: RunningProcess): void {
    current = running;
    const since = performance.now();
    void running.exited.then(async (exit) => {
      // Replaced, or asked to end: no crash.
      if (current !== running) return;
      current = undefined;
      if (stopped) return;
      // Code 0: somebody asked it to end, which says nothing about its health.
      if (exit.code === 0 || performance.now() - since >= STABLE_MS) crashes = 0;
      await restart(describeExit(exit), failureText(running.output()));
    });
  }

  async function restart(how: string, output: string): Promise<void> {
    let reason = { how, output };
    while (!stopped && current === undefined) {
      const restartInMs = backoff(crashes);
      crashes += 1;
      const crashLoop = crashes >= CRASH_LOOP_ATTEMPTS;
      onEvent({ type: 'crashed', process: name, ...reason, restartInMs, crashLoop, logFile });
      await pauseFor(restartInMs);
      if (stopped || current !== undefined) return;
      const started = performance.now();
      try {
        const running = await launchUntilReady();
        if (stopped || current !== undefined) {
          await end(running);
          return;
        }
        adopt(running);
        onEvent({ type: 'restarted', process: name, elapsedMs: performance.now() - started });
      } catch (error) {
        if (!(error instanceof StartFailure)) throw error;
        reason = { how: error.why, output: error.output };
      }
    }
  }

  async function pauseFor(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      pause = {
        end() {
          clearTimeout(timer);
          resolve();
        },
      };
    });
    pause = undefined;
  }

  /** Once per process: a second SIGTERM would cut short what the first lets it finish. */
  async function end(running: RunningProcess): Promise<void> {
    const ending = endings.get(running) ?? stopAndReport(running);
    endings.set(running, ending);
    await ending;
  }

  async function stopAndReport(running: RunningProcess): Promise<void> {
    if (await stopProcess(running, graceMs)) onEvent({ type: 'killed', process: name, graceMs });
  }

  return {
    name,
    logFile,
    get pid() {
      return current?.pid;
    },
    async start() {
      try {
        adopt(await launchUntilReady());
      } catch (error) {
        stopped = true;
        throw error;
      }
    },
    async replace() {
      if (stopped) return;
      const next = await launchUntilReady();
      const previous = current;
      if (stopped) {
        await end(next);
        return;
      }
      crashes = 0;
      adopt(next);
      // A restart that was waiting finds the slot filled.
      pause?.end();
      if (previous !== undefined) await end(previous);
    },
    async stop() {
      stopped = true;
      pause?.end();
      await Promise.all([...alive].map(end));
    },
    kill() {
      stopped = true;
      pause?.end();
      for (const running of alive) running.signal('SIGKILL');
    },
    signal(signal) {
      for (const running of alive) running.signal(signal);
    },
  };
}
