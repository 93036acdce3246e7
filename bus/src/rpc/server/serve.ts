import { positive } from '../../connection/options.ts';
import { finishedWithin } from '../../scope/finished-within.ts';
import type { ServiceBinding } from './implement.ts';
import { openServiceServer, type ServiceServer, type ServingContext } from './service-server.ts';

/** What a process serves, and under which name. */
export interface ServingOptions {
  /** Name of the deployable, such as `orders`. Shown by discovery. */
  readonly name: string;
  /** Semantic version of the deployable. */
  readonly version: string;
  readonly services: readonly ServiceBinding[];
  /** Longest time `stop` waits for calls under way, in milliseconds. Default 25,000: under the 30 s that orchestrators allow. */
  readonly drainTimeoutMs?: number;
}

/** The serving side of a worker. */
export interface Serving {
  readonly servers: readonly ServiceServer[];
  /** Calls running or waiting now. */
  readonly underWay: number;
  /**
   * Leaves without losing a call: the broker stops sending, what was accepted is finished and answered. What is
   * not done in time is answered with UNAVAILABLE (DRAIN_TIMEOUT).
   */
  stop(): Promise<void>;
}

// https://semver.org, section 2, 9 and 10; ADR-32 demands it of micro services.
const semver = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Begins to serve; options that `checkServing` refuses are refused here too. */
export function openServing(context: ServingContext, options: ServingOptions): Serving {
  const { connection } = context;
  const drainTimeoutMs = checkServing(options);
  const servers = options.services.map((binding) => openServiceServer(context, binding));

  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stopIntake()));
    const idle = Promise.all(servers.map((server) => server.idle()));
    if (!(await finishedWithin(idle, drainTimeoutMs))) {
      const underWay = servers.reduce((sum, server) => sum + server.running + server.waiting, 0);
      connection.log.warn(
        { underWay, drainTimeoutMs },
        'calls were still under way at the end of the drain time',
      );
      for (const server of servers) server.abandon();
    }
    for (const server of servers) server.close();
  };
  let stopping: Promise<void> | undefined;

  return {
    servers,
    get underWay() {
      return servers.reduce((sum, server) => sum + server.running + server.waiting, 0);
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/**
 * Checks the options, and gives the drain time they amount to.
 *
 * @throws TypeError when name, version or services cannot be used, naming what is wrong.
 */
export function checkServing(options: ServingOptions): number {
  const { name, version, services } = options;
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    throw new TypeError(`worker name "${name}" must be letters, digits, - and _`);
  if (!semver.test(version))
    throw new TypeError(`worker ${name}: version "${version}" is not a semantic version such as 1.0.0`);
  const seen = new Set<string>();
  for (const { service } of services) {
    if (seen.has(service.typeName)) throw new TypeError(`worker ${name} serves ${service.typeName} twice`);
    seen.add(service.typeName);
  }
  return positive(`worker ${name}: drainTimeoutMs`, options.drainTimeoutMs ?? 25_000);
}
