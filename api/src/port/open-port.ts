import type { AddressInfo, Socket } from 'node:net';
import type { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import { drain } from './drain.ts';
import { createHttp2Server } from './http2-server.ts';
import { keepSessions } from './http2-sessions.ts';
import { createOwnerServer, type OwnerServer, replaceIdentity } from './owner-server.ts';
import { routeConnections } from './route-connections.ts';
import type { PortSettings } from './settings.ts';
import { readTlsIdentity, type TlsIdentity } from './tls-identity.ts';
import { watchTlsIdentity } from './tls-reload.ts';

/** Answers requests of HTTP/1 and HTTP/2 alike. */
export type PortListener = ReturnType<typeof getRequestListener>;

export interface PortOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly settings: PortSettings;
  /** How long an HTTP/1 request may take to arrive, in milliseconds; then it is answered with 408. */
  readonly requestTimeoutMs: number;
  readonly log: Logger;
  readonly listener: PortListener;
}

/** A port that listens: HTTP/1.1 and HTTP/2, cleartext or TLS. */
export interface Port {
  readonly host: string;
  readonly port: number;
  /**
   * Takes no new connections, asks clients to go elsewhere, and resolves when the last connection has closed.
   * Those still open after `graceMs` are cut off. By now the listener must answer with `connection: close`, which is how
   * HTTP/1 asks.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens the port.
 *
 * @throws Error of Node.js when the port cannot be had (EADDRINUSE); Error naming the TLS file that cannot be used.
 */
export async function openPort(options: PortOptions): Promise<Port> {
  const { settings, log, listener } = options;
  const identity = await identityOf(options);
  const server = createOwnerServer(options, identity);
  const http2 = createHttp2Server(settings, listener);
  const sessions = keepSessions(http2, settings);
  const sniffer = routeConnections(server, http2, settings);
  const sockets = trackSockets(server);
  logDrops(server, log);

  const { address, port } = await listen(server, options);
  const stopWatching =
    settings.tls && watchTlsIdentity(settings.tls, log, (renewed) => replaceIdentity(server, renewed));
  return {
    host: address,
    port,
    async close(graceMs) {
      stopWatching?.();
      await drain({ server, sessions, sniffer, sockets, log }, { lingerMs: settings.lingerMs, graceMs });
    },
  };
}

async function identityOf({ settings, log }: PortOptions): Promise<TlsIdentity | undefined> {
  if (settings.tls === undefined) return undefined;
  const identity = await readTlsIdentity(settings.tls);
  const { validTo } = identity;
  if (validTo.getTime() < Date.now()) {
    log.warn({ validTo }, 'the TLS certificate has expired: clients will refuse it');
  }
  return identity;
}

function trackSockets(server: OwnerServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** At most one line a second, however many connections are turned away. */
function logDrops(server: OwnerServer, log: Logger): void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    const now = performance.now();
    if (now - saidAtMs < 1_000) return;
    saidAtMs = now;
    log.warn({ maxConnections: server.maxConnections }, 'connections are turned away: there are too many');
  });
}

function listen(server: OwnerServer, { host, port }: PortOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
