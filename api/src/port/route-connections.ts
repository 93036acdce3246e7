import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { OwnerServer } from './owner-server.ts';
import type { PortSettings } from './settings.ts';
import { createSniffer, type Sniffer } from './sniff.ts';

/**
 * Puts a choice before `server`'s own handling of connections: those of HTTP/2 go to `http2`, told by ALPN under TLS
 * and by their first bytes else.
 */
export function routeConnections(
  server: OwnerServer,
  http2: Http2Server,
  { tls, prefaceTimeoutMs }: PortSettings,
): Sniffer {
  const event = tls === undefined ? 'connection' : 'secureConnection';
  const own = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const handOver = (protocol: 'http1' | 'http2', socket: Socket): void => {
    if (protocol === 'http2') http2.emit('connection', socket);
    else for (const listener of own) listener.call(server, socket);
  };
  const sniffer = createSniffer({ timeoutMs: prefaceTimeoutMs, onDecided: handOver });
  if (tls === undefined) {
    server.on(event, (socket: Socket) => sniffer.sniff(socket));
  } else {
    server.on(event, (socket: TLSSocket) => {
      if (isForeign(socket)) socket.destroy();
      else handOver(socket.alpnProtocol === 'h2' ? 'http2' : 'http1', socket);
    });
  }
  return sniffer;
}

/** Whether the client shows a certificate that is not one of ours, where it might have shown none. */
function isForeign(socket: TLSSocket): boolean {
  return !socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0;
}
