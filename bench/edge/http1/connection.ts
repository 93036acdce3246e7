import { connect, type Socket } from 'node:net';
import { readHttp1Response } from './response.ts';

export interface Http1Options {
  readonly port: number;
  /** A whole request, head and body; the same every time. */
  readonly request: Buffer;
  /** Called with the body of every answer with status 200; the bytes are gone afterwards. Throws to refuse it. */
  readonly check: (body: Buffer) => void;
}

/** A connection to 127.0.0.1 that stays open. One request at a time. */
export interface Http1Connection {
  /** Sends the request once more. Rejects where the answer is not 200, is refused, or never comes. */
  send(): Promise<void>;
  close(): void;
}

const READ_BUFFER_BYTES = 64 * 1024;

/**
 * A client on the bare socket, with the request written once and the answer read in place: whatever time the
 * load takes is missing on the side that is measured.
 */
export async function openHttp1Connection({ port, request, check }: Http1Options): Promise<Http1Connection> {
  let waiting: PromiseWithResolvers<void> | undefined;
  let unread: Buffer | undefined;

  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = undefined;
    socket.destroy();
  };
  const onRead = (length: number, buffer: Uint8Array): boolean => {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, length);
    const bytes = unread === undefined ? chunk : Buffer.concat([unread, chunk]);
    try {
      const response = readHttp1Response(bytes);
      // A copy: the next chunk is read into the same buffer.
      unread = response === undefined ? Buffer.from(bytes) : undefined;
      if (response === undefined) return true;
      const { status, body } = response;
      if (status !== 200) throw new Error(`status ${status}: ${body.toString('utf8', 0, 200)}`);
      check(body);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    waiting?.resolve();
    waiting = undefined;
    return true;
  };

  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES), callback: onRead },
    });
    opening.once('connect', () => {
      opening.off('error', reject);
      resolve(opening);
    });
    opening.once('error', reject);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));

  return {
    send() {
      if (socket.destroyed) return Promise.reject(new Error('the connection is closed'));
      waiting = Promise.withResolvers<void>();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

/** The bytes of a POST over HTTP/1.1. */
export function http1Post(path: string, contentType: string, body: Buffer): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `content-type: ${contentType}`,
    `content-length: ${body.byteLength}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
