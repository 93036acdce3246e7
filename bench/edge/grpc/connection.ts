import { connect, type Socket } from 'node:net';
import { NOTE_CODECS } from '../note.ts';
import type { NoteSender } from '../note-sender.ts';
import { dataOf, encodeFrame, FRAME_FLAGS, FRAME_TYPES, type Frame, readFrames } from './frames.ts';
import { grpcRequestHeaders } from './request-headers.ts';

export interface GrpcOptions {
  readonly port: number;
  readonly path: string;
  /** The prefixed message; the same every time. */
  readonly body: Buffer;
  /** Called with the body of every answer; the bytes are gone afterwards. Throws to refuse it. */
  readonly check: (body: Buffer) => void;
}

interface Stream {
  readonly outcome: PromiseWithResolvers<void>;
  body: Buffer | undefined;
}

const EMPTY = Buffer.alloc(0);
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** Section 6.9.2 of RFC 9113: what either side may send before it is given more. */
const INITIAL_WINDOW_BYTES = 65_535;
/** What the server is given beyond that, and again whenever it has used half of it. */
const WINDOW_BYTES = 2 ** 30;
const READ_BUFFER_BYTES = 256 * 1024;

/**
 * Unary gRPC over one HTTP/2 connection to 127.0.0.1, a stream per request, on the bare socket: Node's own HTTP/2
 * client takes longer for a call than some of the servers that are measured with it. It reads the frames of the answers
 * and not their header blocks, so a call that fails shows as one without a message.
 *
 * @throws RangeError for a body that does not fit into one window.
 */
export async function openGrpcConnection({ port, path, body, check }: GrpcOptions): Promise<NoteSender> {
  if (body.byteLength > INITIAL_WINDOW_BYTES / 2)
    throw new RangeError(`${body.byteLength} bytes are too many`);
  const headers = grpcRequestHeaders(path, NOTE_CODECS.grpc.contentType);
  const streams = new Map<number, Stream>();
  let nextStreamId = 1;
  let sendWindowBytes = INITIAL_WINDOW_BYTES;
  let receivedBytes = 0;
  let waitingIds: number[] = [];
  let unsent: Buffer[] = [];
  let unread: Buffer = EMPTY;

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
  write(PREFACE);
  write(encodeFrame({ type: FRAME_TYPES.settings, flags: 0, streamId: 0, payload: EMPTY }));
  giveWindow(WINDOW_BYTES);

  return {
    send() {
      if (socket.destroyed) return Promise.reject(new Error('the connection is closed'));
      const outcome = Promise.withResolvers<void>();
      streams.set(nextStreamId, { outcome, body: undefined });
      waitingIds.push(nextStreamId);
      nextStreamId += 2;
      sendWaiting();
      return outcome.promise;
    },
    close: () => socket.destroy(),
  };

  function sendWaiting(): void {
    while (waitingIds.length > 0 && sendWindowBytes >= body.byteLength) {
      const streamId = waitingIds.shift() as number;
      sendWindowBytes -= body.byteLength;
      const { endHeaders, endStream } = FRAME_FLAGS;
      write(encodeFrame({ type: FRAME_TYPES.headers, flags: endHeaders, streamId, payload: headers }));
      write(encodeFrame({ type: FRAME_TYPES.data, flags: endStream, streamId, payload: body }));
    }
  }

  /** What one turn of the event loop writes leaves in one system call. */
  function write(bytes: Buffer): void {
    if (unsent.push(bytes) > 1) return;
    setImmediate(() => {
      socket.write(Buffer.concat(unsent));
      unsent = [];
    });
  }

  function giveWindow(bytes: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    write(encodeFrame({ type: FRAME_TYPES.windowUpdate, flags: 0, streamId: 0, payload }));
  }

  function onRead(length: number, buffer: Uint8Array): boolean {
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, length);
    const bytes = unread.byteLength === 0 ? chunk : Buffer.concat([unread, chunk]);
    // A copy: the next chunk is read into the same buffer.
    unread = Buffer.from(readFrames(bytes, onFrame));
    return true;
  }

  function onFrame(frame: Frame): void {
    const { type, flags, streamId, payload } = frame;
    const isAck = (flags & FRAME_FLAGS.ack) !== 0;
    if (type === FRAME_TYPES.data) onData(streamId, dataOf(frame), payload.byteLength);
    if (type === FRAME_TYPES.data || type === FRAME_TYPES.headers) {
      if ((flags & FRAME_FLAGS.endStream) !== 0) finish(streamId);
    } else if (type === FRAME_TYPES.settings && !isAck) {
      write(encodeFrame({ type, flags: FRAME_FLAGS.ack, streamId: 0, payload: EMPTY }));
    } else if (type === FRAME_TYPES.ping && !isAck) {
      // A copy: it leaves when the buffer has been read into again.
      write(encodeFrame({ type, flags: FRAME_FLAGS.ack, streamId: 0, payload: Buffer.from(payload) }));
    } else if (type === FRAME_TYPES.windowUpdate && streamId === 0) {
      sendWindowBytes += payload.readUInt32BE(0) & 0x7fffffff;
      sendWaiting();
    } else if (type === FRAME_TYPES.resetStream) {
      reject(streamId, new Error(`the server reset the stream with error ${payload.readUInt32BE(0)}`));
    } else if (type === FRAME_TYPES.goAway) {
      fail(new Error(`the server is going away with error ${payload.readUInt32BE(4)}`));
    }
  }

  function onData(streamId: number, data: Buffer, windowBytes: number): void {
    receivedBytes += windowBytes;
    if (receivedBytes > WINDOW_BYTES / 2) {
      giveWindow(receivedBytes);
      receivedBytes = 0;
    }
    const stream = streams.get(streamId);
    // The bytes are gone when this turn is over.
    if (stream !== undefined) stream.body = Buffer.concat([stream.body ?? EMPTY, data]);
  }

  function finish(streamId: number): void {
    const stream = streams.get(streamId);
    if (stream === undefined) return;
    try {
      if (stream.body === undefined) throw new Error('an answer carries no message: the call failed');
      check(stream.body);
    } catch (error) {
      reject(streamId, error);
      return;
    }
    streams.delete(streamId);
    stream.outcome.resolve();
  }

  function reject(streamId: number, error: unknown): void {
    streams.get(streamId)?.outcome.reject(error);
    streams.delete(streamId);
  }

  function fail(error: Error): void {
    waitingIds = [];
    for (const streamId of [...streams.keys()]) reject(streamId, error);
    socket.destroy();
  }
}
