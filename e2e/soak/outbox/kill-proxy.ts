import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { createNatsFrameReader } from '../streams/nats-frames.ts';
import type { KillPoint } from './steps.ts';

/** Stands between a process and the broker, and sees each message the moment before it passes. */
export interface KillProxy {
  readonly url: string;
  /** Calls `kill` once, at the message after `skipped` others that match. */
  arm(point: KillPoint, skipped: number, kill: () => void): void;
  disarm(): void;
  stop(): Promise<void>;
}

export async function startKillProxy(brokerPort: number): Promise<KillProxy> {
  const sockets = new Set<Socket>();
  let trap: { point: KillPoint; skipped: number; kill: () => void } | undefined;

  const relay = (from: Socket, to: Socket, direction: KillPoint['direction']): void => {
    const reader = createNatsFrameReader();
    from.on('data', (chunk: Buffer) => {
      for (const { subject, bytes } of reader.push(Buffer.from(chunk))) {
        if (to.destroyed) return;
        const { point, kill } = trap ?? {};
        const springs =
          trap !== undefined &&
          trap.point.direction === direction &&
          subject !== undefined &&
          trap.point.matches(subject, bytes) &&
          trap.skipped-- === 0;
        if (!springs) {
          to.write(bytes);
          continue;
        }
        trap = undefined;
        if (point?.passes) {
          // Killed once the message has left us, which is before or while it is read.
          to.write(bytes, kill);
          continue;
        }
        kill?.();
        // Neither this message nor what the process sent after it arrives.
        from.destroy();
        to.destroy();
        return;
      }
      if (to.writableNeedDrain) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
  };
  const server = createServer((near) => {
    const far = dial(brokerPort, '127.0.0.1');
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
    relay(near, far, 'sent');
    relay(far, near, 'received');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm(point, skipped, kill) {
      trap = { point, skipped, kill };
    },
    disarm() {
      trap = undefined;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
