/** Bytes before each message: flags and length. */
export const prefixBytes = 5;

/** Flag of a message that is packed (gRPC, "Compressed-Flag"; Connect, "Envelope-Flags"). */
export const packedFlag = 0b0000_0001;

/** Up to this size a message is copied behind its prefix: two pieces would cost more. */
const maxJoinedBytes = 4 * 1024;

/** A message behind its prefix, as the pieces to be written. */
export function envelope(flags: number, payload: Uint8Array): Uint8Array[] {
  const { length } = payload;
  const joined = length <= maxJoinedBytes;
  const head = Buffer.allocUnsafe(joined ? prefixBytes + length : prefixBytes);
  head[0] = flags;
  head[1] = length >>> 24;
  head[2] = length >>> 16;
  head[3] = length >>> 8;
  head[4] = length;
  if (!joined) return [head, payload];
  head.set(payload, prefixBytes);
  return [head];
}
