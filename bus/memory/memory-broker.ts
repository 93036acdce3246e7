import type { Duplex } from 'node:stream';
import type { FakeClock } from './fake-clock.ts';
import { createJetStream } from './jetstream/jetstream.ts';
import { ClientSocket } from './server/client-socket.ts';
import { createRouter } from './server/router.ts';

/** A stand-in for nats-server inside this process, for tests: what it keeps is gone with it. */
export interface MemoryBroker {
  /** A new connection to it. */
  openSocket(): Duplex;
  /** Cuts every connection, as a network does. Clients come back by themselves; what is stored stays. */
  disconnectAll(): void;
  /** Ends every connection, and forgets everything. */
  close(): void;
}

export interface MemoryBrokerOptions {
  /** Largest message, in bytes. Default 1 MiB, as that of nats-server. */
  readonly maxPayloadBytes?: number;
  /** The clock that waits until the broker is quiet before time goes on. Default: real time. */
  readonly clock?: FakeClock | undefined;
}

/** What the stand-in says it is: the server whose behaviour it follows. */
const version = '2.15.1';

export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  const router = createRouter();
  const jetStream = createJetStream(router);
  const sockets = new Set<ClientSocket>();
  let clients = 0;
  let closed = false;

  return {
    openSocket() {
      if (closed) throw new Error('the in-memory broker is closed');
      const socket = new ClientSocket({
        router,
        info: {
          server_id: 'memory',
          server_name: 'memory',
          version,
          proto: 1,
          headers: true,
          jetstream: true,
          max_payload: options.maxPayloadBytes ?? 1024 * 1024,
          client_id: ++clients,
        },
        onTraffic: () => options.clock?.onTraffic(),
        onClosed: (gone) => void sockets.delete(gone),
      });
      sockets.add(socket);
      return socket;
    },
    disconnectAll() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      closed = true;
      for (const socket of sockets) socket.destroy();
      jetStream.close();
    },
  };
}
