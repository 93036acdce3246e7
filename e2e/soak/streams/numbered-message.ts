/** Payload of message `number` of a stream: `size` bytes, at least four, that begin with the number. */
export function numbered(number: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(Math.max(4, size), number & 0xff);
  bytes.writeUInt32BE(number, 0);
  return bytes;
}

/** Checks that `payload` is message `number`, whole: its number, its first byte after it and its last. */
export function isNumbered(payload: Uint8Array, number: number, size: number): boolean {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  return (
    bytes.length === Math.max(4, size) &&
    bytes.readUInt32BE(0) === number &&
    (bytes.length === 4 || (bytes[4] === (number & 0xff) && bytes.at(-1) === (number & 0xff)))
  );
}
