import { Server as NetServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Http2Sessions } from './http2-sessions.ts';
import type { OwnerServer } from './owner-server.ts';
import type { Sniffer } from './sniff.ts';

/** What a port consists of while it closes. */
export interface PortParts {
  readonly server: OwnerServer;
  readonly sessions: Http2Sessions;
  readonly sniffer: Sniffer;
  /** Every open connection. */
  readonly sockets: ReadonlySet<Socket>;
  readonly log: Logger;
}

/** Resolves when the last connection has closed: by itself, or cut off after `graceMs`. */
export async function drain(
  { server, sessions, sniffer, sockets, log }: PortParts,
  { lingerMs, graceMs }: { readonly lingerMs: number; readonly graceMs: number },
): Promise<void> {
  const cut = setTimeout(() => {
    log.warn(
      { graceMs, connections: sockets.size },
      'connections were still open after the grace; cutting them off',
    );
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  // Not http's own close(), which also cuts connections that are idle at this very moment: a client may be sending its
  // next request on one. Each answer from now on says `connection: close`; who stays silent for the linger is cut off.
  const linger = setTimeout(() => {
    sniffer.closeAll();
    server.closeIdleConnections();
    linger.refresh();
  }, lingerMs);
  sessions.closeAll();
  await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  clearTimeout(linger);
  clearTimeout(cut);
}
