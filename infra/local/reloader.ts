import { availableParallelism } from 'node:os';
import { type Affected, affectedBy, isNothing } from './affected.ts';
import type { EventListener } from './events.ts';
import type { Replicas } from './replicas.ts';
import { StartFailure } from './slot.ts';
import { problemsFor, type TypeProblem } from './type-check.ts';
import type { WorkerFolder } from './worker-folders.ts';

/** What the reloader works on; everything that touches files or processes is given to it. */
export interface ReloaderOptions {
  readonly workers: ReadonlyMap<string, Replicas>;
  readonly edge: Replicas;
  findWorkers(): Promise<readonly WorkerFolder[]>;
  addWorker(folder: WorkerFolder): Promise<Replicas>;
  removeWorker(name: string): Promise<void>;
  /** Resolves to false where nothing can be generated. */
  generate(): Promise<boolean>;
  /** Whose code reads these generated files. */
  contractReaders(files: ReadonlySet<string>): Promise<Pick<Affected, 'workers' | 'edge'>>;
  /** When the last of these files was changed, in milliseconds since 1970. */
  changedAtMs(files: Iterable<string>): Promise<number>;
  /** Undefined where types cannot be checked. */
  checkTypes(): Promise<readonly TypeProblem[] | undefined>;
  readonly onEvent: EventListener;
}

export interface Reloader {
  /** Files were saved. Changes during a reload wait for its end and are then taken together. */
  changed(paths: ReadonlySet<string>): void;
  /** Resolves when no reload runs and no change waits. */
  idle(): Promise<void>;
  /** Takes up no further change; resolves when a reload that runs has ended. */
  stop(): Promise<void>;
}

/** Brings the running processes up to date with the files. */
export function createReloader(options: ReloaderOptions): Reloader {
  const { onEvent } = options;
  let pending = new Set<string>();
  /** When a process of a name was last begun here, in milliseconds since 1970. */
  const begunAtMs = new Map<string, number>();
  let stopped = false;
  let running: Promise<void> | undefined;

  async function work(): Promise<void> {
    while (pending.size > 0 && !stopped) {
      const batch = pending;
      pending = new Set();
      await handle(batch).catch((error: unknown) => fail('files', error));
    }
  }

  async function handle(paths: ReadonlySet<string>): Promise<void> {
    const affected = affectedBy(await unreadOf(paths));
    const foldersTouched = [...paths].some((path) => path.startsWith('workers/'));
    if (isNothing(affected) && !foldersTouched) return;
    if (affected.contracts && !(await generate())) return;
    const added = await compareFolders();
    const readers = await readersOf(affected.generated);
    const touched = (name: string) => includes(affected, name) || readers(name);
    const targets: Target[] = [...options.workers.values()]
      .filter(
        ({ name, slots }) => touched(name) && slots.length > 0 && !added.some((one) => one.name === name),
      )
      .map((replicas) => ({
        name: replicas.name,
        folder: `workers/${replicas.name}`,
        act: () => replicas.replace(),
      }));
    const { edge } = options;
    if (affected.edge || readers(edge.name)) {
      targets.push({ name: edge.name, folder: 'api', act: () => edge.replace() });
    }
    // What is new is what its author waits for.
    await reload([...added.map(additionOf), ...targets]);
  }

  /** What a worker was begun behind, it has read: of one that is new, files may be told of when it runs already. */
  async function unreadOf(paths: ReadonlySet<string>): Promise<string[]> {
    const unread: string[] = [];
    for (const path of paths) {
      const worker = /^workers\/([^/]+)\//.exec(path)?.[1];
      const begun = worker === undefined ? undefined : begunAtMs.get(worker);
      if (begun === undefined || isNewerThan(begun, await options.changedAtMs([path]))) unread.push(path);
    }
    return unread;
  }

  /** The same of generated files: tells which processes have not read what they are now. */
  async function readersOf(generated: ReadonlySet<string>): Promise<(name: string) => boolean> {
    if (generated.size === 0) return () => false;
    const readers = await options.contractReaders(generated);
    const changedAtMs = await options.changedAtMs(generated);
    const reads = (name: string): boolean =>
      name === options.edge.name ? readers.edge : includes(readers, name);
    return (name) => reads(name) && isNewerThan(begunAtMs.get(name) ?? 0, changedAtMs);
  }

  async function generate(): Promise<boolean> {
    const started = performance.now();
    try {
      if (await options.generate()) onEvent({ type: 'generated', elapsedMs: performance.now() - started });
      return true;
    } catch (error) {
      fail('contracts', error, 'could not be generated');
      return false;
    }
  }

  /** Ends what has no folder any more and returns the folders that are new. */
  async function compareFolders(): Promise<WorkerFolder[]> {
    const folders = await options.findWorkers();
    for (const name of [...options.workers.keys()]) {
      if (folders.some((folder) => folder.name === name)) continue;
      await options.removeWorker(name);
      onEvent({ type: 'worker-removed', name });
    }
    return folders.filter(({ name }) => !options.workers.has(name));
  }

  function additionOf(folder: WorkerFolder): Target {
    return {
      name: folder.name,
      folder: `workers/${folder.name}`,
      added: true,
      async act() {
        const { slots } = await options.addWorker(folder);
        onEvent({ type: 'worker-added', name: folder.name, replicas: slots.length });
      },
    };
  }

  async function reload(targets: readonly Target[]): Promise<void> {
    if (targets.length === 0) return;
    const started = performance.now();
    const problems = (await options.checkTypes()) ?? [];
    const done: string[] = [];
    const queue = [...targets];
    const worker = async () => {
      for (let target = queue.shift(); target !== undefined && !stopped; target = queue.shift()) {
        if (await attempt(target, problems)) done.push(target.name);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
    if (done.length > 0) {
      onEvent({ type: 'reloaded', what: done.sort().join(', '), elapsedMs: performance.now() - started });
    }
  }

  /** True when a running process was replaced. */
  async function attempt(target: Target, problems: readonly TypeProblem[]): Promise<boolean> {
    const own = problemsFor(target.folder, problems);
    if (own.length > 0) {
      const output = summarize(own);
      onEvent({ type: 'reload-failed', what: target.name, why: 'type errors', output });
      return false;
    }
    try {
      begunAtMs.set(target.name, Date.now());
      await target.act();
      return target.added !== true;
    } catch (error) {
      fail(target.name, error);
      return false;
    }
  }

  function fail(what: string, error: unknown, problem = 'could not be done'): void {
    if (stopped) return;
    const [why, output] =
      error instanceof StartFailure
        ? [error.why, error.output]
        : [problem, error instanceof Error ? error.message : String(error)];
    onEvent({ type: 'reload-failed', what, why, output });
  }

  return {
    changed(paths) {
      for (const path of paths) pending.add(path);
      running ??= work().finally(() => {
        running = undefined;
      });
    },
    async idle() {
      await running;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** The times of files step by some milliseconds: one that is saved behind a beginning may seem to be older. */
const clockStepMs = 50;

/** Whether a file may have changed behind a beginning. */
function isNewerThan(begunAtMs: number, changedAtMs: number): boolean {
  return begunAtMs <= changedAtMs + clockStepMs;
}

function includes({ workers }: Pick<Affected, 'workers'>, name: string): boolean {
  return workers === 'all' || workers.has(name);
}

const MAX_PROBLEMS = 5;

/** The first problems: the editor shows the rest. */
function summarize(problems: readonly TypeProblem[]): string {
  const lines = problems.slice(0, MAX_PROBLEMS).map(({ text }) => text);
  if (problems.length > MAX_PROBLEMS) lines.push(`… ${problems.length - MAX_PROBLEMS} more`);
  return lines.join('\n');
}

/** One thing to bring up to date. */
interface Target {
  readonly name: string;
  /** Where its own code is. */
  readonly folder: string;
  readonly added?: boolean;
  act(): Promise<void>;
}
