import { join } from 'node:path';
import type { StartNatsOptions } from '../nats/index.ts';
import { edgeProgram, findProgram } from '../project/find-program.ts';
import type { EventListener } from './events.ts';
import { createFailureFeed, type NewFailures } from './failure-feed.ts';
import { createInstanceLog, type InstanceLog } from './instance-log.ts';
import { launchNats } from './launch-nats.ts';
import { launchProcess } from './launch-process.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { createSlot } from './slot.ts';

export interface FleetOptions {
  readonly root: string;
  readonly logDir: string;
  readonly graceMs: number;
  readonly readyTimeoutMs: number;
  readonly onEvent: EventListener;
}

/** Makes the stack's processes, each with its log, and keeps the logs bounded. */
export interface Fleet {
  nats(options: StartNatsOptions): Replicas;
  worker(name: string, entry: string, count: number, env: NodeJS.ProcessEnv): Replicas;
  edge(env: NodeJS.ProcessEnv): Replicas;
  /** Tells no more of what is logged: what fails while everything ends is of no use to anybody. */
  quiet(): void;
  /** Ends the care for the logs. */
  close(): void;
}

const ROTATE_EVERY_MS = 5_000;

/** Soon enough for whoever has just saved a file, and 20 calls of the file system a second for ten processes. */
const LOOK_EVERY_MS = 500;

export function createFleet({ root, logDir, graceMs, readyTimeoutMs, onEvent }: FleetOptions): Fleet {
  const logs = new Map<string, InstanceLog>();
  const feeds = new Map<string, () => NewFailures>();
  const rotating = setInterval(() => {
    for (const log of logs.values()) void log.rotate();
  }, ROTATE_EVERY_MS);
  rotating.unref();
  const looking = setInterval(() => {
    for (const [process, look] of feeds) {
      const found = look();
      if (found.failures.length === 0) continue;
      onEvent({ type: 'failures-logged', process, ...found, logFile: join(logDir, `${process}.log`) });
    }
  }, LOOK_EVERY_MS);
  looking.unref();

  const processes = (
    name: string,
    count: number,
    launch: { entry: string; env: NodeJS.ProcessEnv; sharesPort?: boolean },
  ) =>
    createReplicas(name, count, (instance) => {
      const file = join(logDir, `${instance}.log`);
      // A worker that is removed and comes back continues its log.
      const log = logs.get(instance) ?? createInstanceLog(file);
      logs.set(instance, log);
      if (!feeds.has(instance)) feeds.set(instance, createFailureFeed(file, root));
      return createSlot({
        name: instance,
        logFile: file,
        graceMs,
        onEvent,
        launch: () => launchProcess({ ...launch, name: instance, log, readyTimeoutMs }),
      });
    });

  return {
    nats(options) {
      const logFile = join(logDir, 'nats.log');
      const launch = () => launchNats({ ...options, logFile });
      return createReplicas('nats', 1, () => createSlot({ name: 'nats', logFile, graceMs, onEvent, launch }));
    },
    worker: (name, entry, count, env) => processes(name, count, { entry, env }),
    edge(env) {
      // A file that is not there is named by the process that does not start.
      const entry = findProgram(root, edgeProgram) ?? join(root, edgeProgram.source);
      return processes('edge', 1, { entry, env, sharesPort: true });
    },
    quiet: () => clearInterval(looking),
    close: () => clearInterval(rotating),
  };
}
