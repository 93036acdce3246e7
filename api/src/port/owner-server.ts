import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { PortOptions } from './open-port.ts';
import type { PortSettings } from './settings.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** Node's HTTP/1 server. It owns the socket, which keeps its care for slow requests alive. */
export type OwnerServer = Server | TlsServer;

export function createOwnerServer(
  { settings, requestTimeoutMs, listener }: PortOptions,
  identity: TlsIdentity | undefined,
): OwnerServer {
  const headersTimeout = Math.min(settings.headersTimeoutMs, requestTimeoutMs);
  const limits = {
    maxHeaderSize: settings.maxHeaderBytes,
    headersTimeout,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    // Node looks at all connections at this pace: a slow one is cut off late by as much.
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(headersTimeout / 4)),
  };
  const server =
    identity === undefined
      ? createServer(limits, (incoming, outgoing) => void listener(incoming, outgoing))
      : createTlsServer(
          { ...limits, ...tlsOptions(settings, identity) },
          (incoming, outgoing) => void listener(incoming, outgoing),
        );
  server.maxConnections = settings.maxConnections;
  return server;
}

function tlsOptions({ tls, prefaceTimeoutMs }: PortSettings, { cert, key, ca }: TlsIdentity) {
  return {
    cert,
    key,
    ca,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: prefaceTimeoutMs,
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined && tls?.clientCert === 'require',
  };
}

/** What new connections get from now on. */
export function replaceIdentity(server: OwnerServer, { cert, key, ca }: TlsIdentity): void {
  if ('setSecureContext' in server) server.setSecureContext({ cert, key, ...(ca !== undefined && { ca }) });
}
