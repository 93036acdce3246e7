import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';
import { createFrameAssembler } from './frame-assembler.ts';

/** Bytes read from the socket at once, as Node reads them otherwise. */
const readBytes = 64 * 1024;

/**
 * The client's transport over a socket that reads into the same memory again and again. Otherwise Node gets 64 KiB anew for
 * each read, and large messages, which span several, cost a full garbage collection every few hundred. What the client gets
 * is frames of whole messages. With TLS the socket is read by TLS, and all is as it was.
 */
export class FrameTransport extends NodeTransport {
  override dial({ port, hostname }: { readonly port: number; readonly hostname: string }): Promise<Socket> {
    // The client has no other way for something of one connection; its factory of transports is shared by all.
    const { openSocket } = (this as unknown as { options: { openSocket?: () => Duplex } }).options;
    if (openSocket !== undefined) return Promise.resolve(openSocket() as Socket);
    return new Promise((resolve, reject) => {
      let failure: Error | undefined;
      const assemble = createFrameAssembler((frame) => void socket.emit('data', frame));
      const socket = createConnection(
        {
          port,
          host: hostname,
          noDelay: true,
          onread: {
            buffer: Buffer.allocUnsafeSlow(readBytes),
            callback(length, buffer) {
              assemble((buffer as Buffer).subarray(0, length));
              return true;
            },
          },
        },
        () => {
          // The client listens for itself from here on.
          socket.removeAllListeners();
          resolve(socket);
        },
      );
      socket.on('error', (error) => {
        failure = error;
      });
      socket.on('close', () => {
        socket.removeAllListeners();
        reject(failure);
      });
    });
  }
}
