import type { Readable } from 'node:stream';

/** How the runner and its programs talk: each message behind its length, four bytes, the most significant first. */
const prefixBytes = 4;

export function withLength(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed.writeUInt32BE(message.length);
  framed.set(message, prefixBytes);
  return framed;
}

/**
 * Reads the one message of a stream.
 *
 * @throws Error when the stream ends before it is complete.
 */
export async function readWithLength(stream: Readable): Promise<Uint8Array> {
  let buffered = Buffer.alloc(0);
  for await (const chunk of stream) {
    buffered = Buffer.concat([buffered, chunk as Buffer]);
    if (buffered.length < prefixBytes) continue;
    const end = prefixBytes + buffered.readUInt32BE();
    if (buffered.length >= end) return buffered.subarray(prefixBytes, end);
  }
  throw new Error(`the message ended after ${buffered.length} bytes`);
}
