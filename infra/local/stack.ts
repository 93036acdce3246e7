import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compileCacheEnv } from '../process/compile-cache.ts';
import { findProject } from '../project/find-project.ts';
import { applyStreams } from './apply-streams.ts';
import { DEFAULT_API_PORT, DEFAULT_NATS_PORT } from './arguments.ts';
import { prepareBroker } from './broker.ts';
import { changedAtMs } from './changed-at.ts';
import { choosePort } from './choose-port.ts';
import { contractReaders } from './contract-readers.ts';
import { createControl } from './control.ts';
import { openControlSocket } from './control-socket.ts';
import { claimDataDir } from './data-dir-claim.ts';
import { edgeAccess } from './edge-access.ts';
import type { EventListener } from './events.ts';
import { createFleet } from './fleet.ts';
import { generateContracts } from './generate-contracts.ts';
import { createReloader } from './reloader.ts';
import { type PlannedWorker, planWorkers } from './replica-counts.ts';
import { createSessionFile } from './session-file.ts';
import { type System, slotsOf, startSystem, stopSystem } from './system.ts';
import { checkTypes } from './type-check.ts';
import { watchFiles } from './watch-files.ts';
import { findWorkers, type HttpExample, type WorkerFolder } from './worker-folders.ts';

export interface StackOptions {
  /** The project's folder, which holds `workers/`. Default: the project that the current folder is in. */
  readonly root?: string;
  /** For NATS's data, logs and `session.json`. Default `<root>/.busline`. */
  readonly dataDir?: string;
  /** Of the HTTP edge; 0 for any free one. Default 8080. The next free one when it is taken. */
  readonly apiPort?: number;
  /** Default 4222; otherwise as `apiPort`. */
  readonly natsPort?: number;
  /** Use this NATS server and start none. Default: `NATS_URL`. Empty: start one, whatever `NATS_URL` says. */
  readonly natsUrl?: string;
  /** Instances by worker name. Default: what each worker's package.json says, else 1. */
  readonly workers?: Readonly<Record<string, number>>;
  /** Workers to run, and no others. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** NATS's data in a temporary directory that is removed at the end. Default false. */
  readonly ephemeral?: boolean;
  /** Reload on save. Default false. */
  readonly watch?: boolean;
  /** Further environment variables for the edge and the workers. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long a process may take to finish its calls. Default 20 000: the edge gives up after 15 000 by itself. */
  readonly graceMs?: number;
  /** How long each process may take to become ready. Default 20 000. */
  readonly readyTimeoutMs?: number;
  readonly onEvent?: EventListener;
  /** Ends the start, or what has been started. */
  readonly signal?: AbortSignal;
}

export interface StackProcess {
  /** `edge-1`, `nats` or `<worker>-<n>`. */
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Sends a signal, SIGKILL unless told otherwise. The process is then started again, as after any crash. */
  kill(signal?: NodeJS.Signals): void;
}

export interface Stack extends AsyncDisposable {
  readonly apiUrl: string;
  /** Whether anybody on this machine may call every method without credentials. */
  readonly isOpen: boolean;
  /** Whether the edge has pages about what it serves; `DOCS=off` leaves them out. */
  readonly hasDocs: boolean;
  readonly natsUrl: string;
  /** What NATS server is used, for people. */
  readonly natsDescription: string;
  /** Instances by worker name. */
  readonly workers: ReadonlyMap<string, number>;
  /** Calls to try, as the workers that run declare them. */
  readonly examples: readonly HttpExample[];
  readonly logDir: string;
  readonly startedInMs: number;
  /** What runs at this moment. */
  processes(): StackProcess[];
  /** Stops in order: the edge, the workers, NATS; each finishes its work. May be called twice. */
  stop(): Promise<void>;
  /** Ends every process at once, with SIGKILL. */
  kill(): void;
}

/**
 * Whoever edits contracts on a broker of their own breaks nobody but themselves, so that a new contract takes the place
 * of the old one, and the terminal tells what it breaks. On a broker that others use, workers keep the gate they have.
 */
function developerGate(
  { watch }: StackOptions,
  { replicas }: { readonly replicas: unknown },
): NodeJS.ProcessEnv {
  return watch && replicas !== undefined ? { BUSLINE_CONTRACT_GATE: 'warn' } : {};
}

const WATCHED = ['workers', 'bus', 'schemas', 'api'];

/**
 * Starts the whole system as separate processes and resolves once all of them are ready. What crashes later is started
 * again. All processes end with this one, even when it is killed.
 *
 * @throws NoProjectError, UnknownWorkerError, WorkerSettingsError, DataDirInUseError, NatsServerNotFoundError, and StartFailure with the
 *   last output of the process that did not come up. Nothing is left running then.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const root = resolve(options.root ?? findProject(process.cwd()));
  const dataDir = resolve(options.dataDir ?? join(root, '.busline'));
  const planned = planWorkers(await findWorkers(root), options.workers ?? {}, options.only);
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  const release = await claimDataDir(dataDir);
  try {
    return await startClaimed(options, { root, dataDir, planned, release });
  } catch (error) {
    await release();
    throw error;
  }
}

interface Claimed {
  readonly root: string;
  readonly dataDir: string;
  readonly planned: readonly PlannedWorker[];
  readonly release: () => Promise<void>;
}

async function startClaimed(
  options: StackOptions,
  { root, dataDir, planned, release }: Claimed,
): Promise<Stack> {
  const started = performance.now();
  const { onEvent = () => {}, env = {}, apiPort = DEFAULT_API_PORT } = options;
  const logDir = join(dataDir, 'logs');

  const fleet = createFleet({
    root,
    logDir,
    // Longer than a worker's own drain time, 25 s: what it cannot finish it still answers.
    graceMs: options.graceMs ?? 30_000,
    readyTimeoutMs: options.readyTimeoutMs ?? 20_000,
    onEvent: (event) => {
      onEvent(event);
      if (event.type === 'restarted') updateSession();
    },
  });
  const broker = await prepareBroker({
    natsUrl: options.natsUrl ?? process.env.NATS_URL,
    port: options.natsPort ?? DEFAULT_NATS_PORT,
    directory: join(dataDir, 'nats'),
    ephemeral: options.ephemeral ?? false,
    fleet,
    onEvent,
    signal: options.signal,
  });
  const port = await choosePort(apiPort, { promised: broker.ports });
  if (apiPort !== 0 && port !== apiPort) {
    onEvent({ type: 'port-moved', what: 'the API', wanted: apiPort, used: port });
  }
  const environment: NodeJS.ProcessEnv = {
    ...developerGate(options, broker),
    ...compileCacheEnv(dataDir, process.env),
    ...process.env,
    ...env,
    NATS_URL: broker.url,
  };
  const access = edgeAccess(environment);
  const createWorker = ({ name, entry }: WorkerFolder, count: number) =>
    fleet.worker(name, entry, count, environment);
  const system: System = {
    nats: broker.replicas,
    edge: fleet.edge({
      // Clients share this machine with the build that a reload begins with: one that stands still for longer than the
      // edge's own 250 ms would send its next request on a connection that was just closed.
      SHUTDOWN_LINGER_MS: '1000',
      ...environment,
      ...access.env,
      HOST: '127.0.0.1',
      PORT: String(port),
    }),
    workers: new Map(planned.map(({ folder, count }) => [folder.name, createWorker(folder, count)])),
  };

  const prepareStreams = async () => {
    const said = await applyStreams(root, broker.url);
    if (said) onEvent({ type: 'streams-applied', output: said });
  };

  const control = await openControlSocket(
    dataDir,
    createControl(system, (event) => {
      onEvent(event);
      updateSession();
    }),
  );
  let endWatching = async () => {};
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    stopping ??= (async () => {
      fleet.quiet();
      // The edge at once: Ctrl-C in a terminal reaches it too, and its end must not count as a crash meanwhile.
      await Promise.all([control.close(), endWatching(), system.edge.stop()]);
      await stopSystem(system, onEvent);
      fleet.close();
      await broker.cleanUp();
      await session.remove();
      await release();
    })();
    await stopping;
  };
  const apiUrl = `http://127.0.0.1:${port}`;
  const processes = () =>
    slotsOf(system).flatMap(({ name, pid, logFile, signal }) =>
      pid === undefined
        ? []
        : [{ name, pid, logFile, kill: (how: NodeJS.Signals = 'SIGKILL') => signal(how) }],
    );
  const session = createSessionFile(dataDir, () => ({
    supervisorPid: process.pid,
    apiUrl,
    natsUrl: broker.url,
    controlSocket: control.path,
    processes: processes(),
  }));
  // For people and tools that look at it; that it cannot be written must not end what runs.
  function updateSession(): void {
    session.update().catch(() => {});
  }

  options.signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    options.signal?.throwIfAborted();
    await startSystem(system, onEvent, prepareStreams);
    await session.update();
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  }
  if (options.watch) {
    const reloader = createReloader({
      workers: system.workers,
      edge: system.edge,
      findWorkers: async () => await findWorkers(root),
      async addWorker(folder) {
        const replicas = createWorker(folder, folder.replicas);
        await replicas.start();
        system.workers.set(folder.name, replicas);
        return replicas;
      },
      async removeWorker(name) {
        await system.workers.get(name)?.stop();
        system.workers.delete(name);
      },
      async generate() {
        const generated = await generateContracts(root);
        await prepareStreams();
        return generated;
      },
      contractReaders: async (files) => await contractReaders(root, files),
      changedAtMs: async (files) => await changedAtMs(root, files),
      checkTypes: async () => await checkTypes(root, join(dataDir, 'types')),
      onEvent: (event) => {
        onEvent(event);
        updateSession();
      },
    });
    const unwatch = await watchFiles(root, WATCHED, (paths) => reloader.changed(paths));
    endWatching = async () => {
      unwatch();
      await reloader.stop();
    };
  }
  return {
    apiUrl,
    isOpen: access.isOpen,
    hasDocs: environment.DOCS !== 'off',
    natsUrl: broker.url,
    natsDescription: broker.description,
    workers: new Map(planned.map(({ folder, count }) => [folder.name, count])),
    examples: planned.flatMap(({ folder, count }) => (folder.example && count > 0 ? [folder.example] : [])),
    logDir,
    startedInMs: performance.now() - started,
    processes,
    stop,
    kill() {
      for (const slot of slotsOf(system)) slot.kill();
      void stop();
    },
    [Symbol.asyncDispose]: stop,
  };
}
