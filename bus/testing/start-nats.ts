import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findFreePort,
  type NatsConfig,
  type NatsServer,
  type NatsUser,
  startNatsServer,
  type TlsConfig,
} from '@busline/infra/nats';
import { createTestCertificates, type TestCertificates } from './certificates.ts';
import { waitUntilStopped } from './stopped-process.ts';

export interface TestNatsOptions {
  /** Default true: JetStream with its data in the server's temporary directory. */
  readonly jetStream?: boolean;
  /** Default 1 MiB. */
  readonly maxPayloadBytes?: number;
  /** Default 20 000. */
  readonly pingIntervalMs?: number;
  /** Default 10 000. */
  readonly writeDeadlineMs?: number;
  /** Who may connect; absent: anyone. */
  readonly users?: readonly NatsUser[];
  /** `true`: the server proves itself. `'mutual'`: clients must too. Certificates are made for this server. */
  readonly tls?: boolean | 'mutual';
  /** TLS from the first byte, before the server's INFO. Default false. */
  readonly handshakeFirst?: boolean;
  /** Default: a free port. */
  readonly port?: number;
}

/** A real nats-server on 127.0.0.1 for one test or test file. */
export interface TestNats extends AsyncDisposable {
  /** Stays the same across restarts. */
  readonly url: string;
  readonly port: number;
  /** Address of the server's monitoring pages: `/varz`, `/connz`, `/jsz`, `/healthz`. */
  readonly monitorUrl: string;
  /** Of the current process; another one after a restart. */
  readonly pid: number;
  /** What clients need, when started with `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Ends the server and removes its directory. May be called twice. */
  stop(): Promise<void>;
  /** SIGKILL: the server is gone at once, its data stays for `restart()`. */
  kill(): void;
  /** Ends the server if it runs, politely, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /**
   * SIGSTOP: the server keeps its connections and answers nothing until `resume()`. Resolves once it has stopped,
   * which on a busy machine is some milliseconds after the signal.
   */
  pause(): Promise<void>;
  resume(): void;
  /** Changes options of the running server without a restart, as SIGHUP does. What is not named stays. */
  reload(changes: Pick<TestNatsOptions, 'maxPayloadBytes' | 'users' | 'pingIntervalMs'>): Promise<void>;
  /** The last lines of its log. */
  logTail(lines?: number): Promise<string>;
}

/** Starts a nats-server, within about 100 ms once the machine has one. It ends with this process at the latest. */
export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  return await startTestServer(options, {});
}

/** The same, with the part of the configuration that only a cluster's nodes need. */
export async function startTestServer(
  options: TestNatsOptions,
  node: Pick<NatsConfig, 'serverName' | 'cluster'>,
): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), 'busline-nats-'));
  let server: NatsServer | undefined;
  let current = options;
  try {
    const certificates = options.tls ? createTestCertificates() : undefined;
    const tls = certificates === undefined ? {} : { tls: await writeTls(directory, certificates, options) };
    let ports = await choosePorts(options.port);
    const config = () => ({ ...settings(current), ...node, ...tls, ...ports });
    const start = async () =>
      await startNatsServer({
        directory,
        config: config(),
        ...(options.jetStream === false ? { jetStream: false } : {}),
      });
    let running = await start().catch(async (error: unknown) => {
      // Another process may have taken the port meanwhile.
      if (options.port !== undefined || !String(error).includes('address already in use')) throw error;
      ports = await choosePorts(undefined);
      return await start();
    });
    server = running;
    const stop = async () => {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    };
    return {
      url: running.url,
      port: running.port,
      monitorUrl: `http://127.0.0.1:${ports.monitorPort}`,
      get pid() {
        return running.pid;
      },
      certificates,
      stop,
      kill: () => running.signal('SIGKILL'),
      async restart() {
        await running.stop();
        running = await start();
      },
      async pause() {
        running.signal('SIGSTOP');
        await waitUntilStopped(running.pid);
      },
      resume: () => running.signal('SIGCONT'),
      async reload(changes) {
        current = { ...current, ...changes };
        await running.reload(config());
      },
      logTail: async (lines) => await running.logTail(lines),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Fixed before the start, so that a restart and a reload can name them again. */
async function choosePorts(port: number | undefined): Promise<{ port: number; monitorPort: number }> {
  return { port: port ?? (await findFreePort()), monitorPort: await findFreePort() };
}

function settings(options: TestNatsOptions): NatsConfig {
  const { maxPayloadBytes, pingIntervalMs, writeDeadlineMs, users } = options;
  return {
    ...(maxPayloadBytes === undefined ? {} : { maxPayloadBytes }),
    ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
    ...(writeDeadlineMs === undefined ? {} : { writeDeadlineMs }),
    ...(users === undefined ? {} : { users }),
  };
}

async function writeTls(
  directory: string,
  certificates: TestCertificates,
  options: TestNatsOptions,
): Promise<TlsConfig> {
  const files = {
    certFile: join(directory, 'server-cert.pem'),
    keyFile: join(directory, 'server-key.pem'),
    caFile: join(directory, 'ca.pem'),
  };
  await writeFile(files.certFile, certificates.server.cert);
  await writeFile(files.keyFile, certificates.server.key, { mode: 0o600 });
  await writeFile(files.caFile, certificates.ca);
  return {
    ...files,
    verifyClients: options.tls === 'mutual',
    handshakeFirst: options.handshakeFirst ?? false,
  };
}
