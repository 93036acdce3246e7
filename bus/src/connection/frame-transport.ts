import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from '@nats-io/nats-core';
import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js';
import { createFrameAssembler } from './frame-assembler.ts';
import type { MessageDelivery } from './message-delivery.ts';
import { createMessageReader } from './message-reader.ts';

/** Where the transports of one connection bring messages, as soon as there is such a place: until then the client reads them. */
export interface MessageSink {
  deliver: MessageDelivery | undefined;
}

/** Options of the client, and what the transports of one connection need: the client's factory of transports is shared by all. */
export interface FrameTransportOptions extends ConnectionOptions {
  readonly messageSink?: MessageSink | undefined;
  /** Opens what is used instead of a socket to the server. */
  readonly openSocket?: (() => Duplex) | undefined;
}

/** Bytes read from the socket at once, as Node reads them otherwise. */
const readBytes = 64 * 1024;

/**
 * The client's transport over a socket that reads into the same memory again and again. Otherwise Node gets 64 KiB anew for
 * each read, and large messages, which span several, cost a full garbage collection every few hundred. Messages go to their
 * subscriptions from here; what the client gets is the other lines. With TLS the socket is read by TLS, and all is as it was.
 */
export class FrameTransport extends NodeTransport {
  #sink: MessageSink | undefined;
  #openSocket: (() => Duplex) | undefined;

  override connect(
    server: Parameters<NodeTransport['connect']>[0],
    options: FrameTransportOptions,
  ): Promise<void> {
    this.#sink = options.messageSink;
    this.#openSocket = options.openSocket;
    return super.connect(server, options);
  }

  override dial({ port, hostname }: { readonly port: number; readonly hostname: string }): Promise<Socket> {
    if (this.#openSocket !== undefined) return Promise.resolve(this.#openSocket() as Socket);
    return new Promise((resolve, reject) => {
      let failure: Error | undefined;
      const toClient = (lines: Buffer): void => void socket.emit('data', lines);
      const read = createMessageReader({
        onMessage: (frame, place) => this.#sink?.deliver?.(frame, place),
        onOther: toClient,
      });
      const assemble = createFrameAssembler((frame) =>
        this.#sink?.deliver === undefined ? toClient(frame) : read(frame),
      );
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
