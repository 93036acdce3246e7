import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

/** Stands between a process and its broker, and can lose what the broker sends. */
export interface CuttingProxy {
  readonly url: string;
  /** From now on nothing that the broker sends arrives. */
  swallow(): void;
  /** Breaks the connections; those that are made anew are whole. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startCuttingProxy(brokerUrl: string): Promise<CuttingProxy> {
  const { port } = new URL(brokerUrl);
  const sockets = new Set<Socket>();
  let swallowing = false;
  const server = createServer((near) => {
    const far = dial(Number(port), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes) => {
      if (!swallowing) near.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow() {
      swallowing = true;
    },
    cut() {
      swallowing = false;
      cut();
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
