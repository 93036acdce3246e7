import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that says exactly what it is told to. */
export interface RawSocket {
  readonly socket: Socket;
  send(...pieces: (string | Uint8Array)[]): Promise<void>;
  /** All that came so far, one character a byte. */
  received(): string;
  /** Resolves when the other side has closed the connection, with all that came. */
  readonly closed: Promise<string>;
}

export async function openRawSocket(port: number): Promise<RawSocket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  let received = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  return {
    socket,
    // Each piece in a packet of its own: the next goes when the system has taken this one.
    async send(...pieces) {
      for (const piece of pieces) {
        await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
      }
    },
    received: () => received,
    closed,
  };
}
