import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { logTail } from '../process/log-tail.ts';
import { type FoundServer, findNatsServer } from './find-nats-server.ts';
import { type JetStreamConfig, type NatsConfig, natsConfig } from './nats-config.ts';
import { readPortsFile } from './ports-file.ts';
import { type ServerExit, waitUntilReady } from './ready-wait.ts';
import { waitForReload } from './reload-wait.ts';
import { claimDirectory, freeDirectory } from './server-claim.ts';
import { spawnServer } from './server-process.ts';

export interface StartNatsOptions {
  /** Holds the configuration and JetStream's data; created if missing. One server at a time. */
  readonly directory: string;
  /** Default `<directory>/nats.log`. Rotated at 4 MiB, one old file is kept. */
  readonly logFile?: string;
  /** JetStream's data is in `<directory>/jetstream`. Default: JetStream on with its defaults. */
  readonly jetStream?: false | Omit<JetStreamConfig, 'storeDir'>;
  /** Everything else the server is configured with. */
  readonly config?: Omit<NatsConfig, 'jetStream'>;
  /** Default: what `findNatsServer()` finds. */
  readonly server?: FoundServer;
  /** Default 15 000: a large store is checked before the server accepts connections. */
  readonly readyTimeoutMs?: number;
}

export interface NatsServer {
  /** Address for clients: `nats://…`, with TLS `tls://…`. */
  readonly url: string;
  readonly port: number;
  /** Address of the monitoring HTTP server, if it was asked for. */
  readonly monitorUrl: string | undefined;
  readonly pid: number;
  readonly server: FoundServer;
  readonly logFile: string;
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<ServerExit>;
  /** Ends the server with SIGTERM, after `graceMs` (default 5 000) with SIGKILL. Does nothing once it has ended. */
  stop(graceMs?: number): Promise<void>;
  /** Sends a signal at once. */
  signal(name: NodeJS.Signals): void;
  /**
   * Writes a changed configuration and has the server take it over without a restart. Rejects with the server's
   * reason when it refuses the change.
   */
  reload(config: StartNatsOptions['config']): Promise<void>;
  /** The last lines of its log, 10 unless told otherwise. */
  logTail(lines?: number): Promise<string>;
}

/** The server did not come up. The message ends with the last lines it logged. */
export class NatsStartError extends Error {
  override readonly name = 'NatsStartError';
}

/**
 * Starts a nats-server process and resolves once it accepts connections. The process ends with this one, even when
 * this one is killed with SIGKILL.
 *
 * @throws NatsStartError, ServerDirectoryInUseError, and the errors of `findNatsServer` and `natsConfig`.
 */
export async function startNatsServer(options: StartNatsOptions): Promise<NatsServer> {
  const directory = resolve(options.directory);
  const configFile = join(directory, 'nats.conf');
  const logFile = resolve(options.logFile ?? join(directory, 'nats.log'));
  const portsDir = join(directory, 'ports');
  const jetStream =
    options.jetStream === false ? {} : { jetStream: { ...options.jetStream, storeDir: directory } };
  const render = (config: StartNatsOptions['config']) =>
    natsConfig({ ...config, ...jetStream }, { logFile, portsDir });

  const text = render(options.config);
  const server = options.server ?? (await findNatsServer());
  await mkdir(directory, { recursive: true });
  await freeDirectory(directory, configFile);
  await rm(portsDir, { recursive: true, force: true });
  await mkdir(portsDir);
  // Owner only: passwords stand in it.
  await writeFile(configFile, text, { mode: 0o600 });

  const child = await spawnServer(server.path, configFile).catch((error: unknown) => {
    throw new NatsStartError(`${server.path} could not be started`, { cause: error });
  });
  await claimDirectory(directory, child.pid);
  const ports = await waitUntilReady({
    exited: child.exited,
    timeoutMs: options.readyTimeoutMs ?? 15_000,
    readPorts: async () => await readPortsFile(portsDir, child.pid),
  }).catch(async (error: unknown) => {
    child.signal('SIGKILL');
    await child.exited;
    const why = error instanceof Error ? error.message : String(error);
    const said = [child.stderr(), await logTail(logFile)].filter((part) => part !== '').join('\n');
    throw new NatsStartError(`nats-server ${server.version} (${server.path}) ${why}:\n${said}`);
  });

  const listen = new URL(ports.nats[0] ?? '');
  let ended = false;
  const exited = child.exited.finally(() => {
    ended = true;
  });
  return {
    url: `${options.config?.tls === undefined ? 'nats' : 'tls'}://${listen.host}`,
    port: Number(listen.port),
    monitorUrl: ports.monitoring[0],
    pid: child.pid,
    server,
    logFile,
    exited,
    async stop(graceMs = 5_000) {
      if (ended) return;
      // A process stopped by SIGSTOP would not see SIGTERM.
      child.signal('SIGCONT');
      child.signal('SIGTERM');
      const force = setTimeout(() => child.signal('SIGKILL'), graceMs);
      await exited;
      clearTimeout(force);
    },
    signal: child.signal,
    async reload(config) {
      const { size } = await stat(logFile);
      await writeFile(configFile, render(config), { mode: 0o600 });
      child.signal('SIGHUP');
      await waitForReload(logFile, size);
    },
    async logTail(lines) {
      return await logTail(logFile, lines);
    },
  };
}
