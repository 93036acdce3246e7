/**
 * Several requests or replies of one turn of the event loop in one NATS message (docs/protocol.md, "Bundles"):
 * the broker, and both ends, then pay once for what they would otherwise pay for each. A sequence of
 *
 *     6 bytes   number of the call, big-endian
 *     2 bytes   length of its header block, 0 for none
 *     4 bytes   length of its body
 *     …         header block, body
 */
export interface BundleItem {
  readonly number: number;
  readonly head: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/** Bytes before the header block of an item. */
export const itemPrefixBytes = 12;

/** Call numbers are below this. */
export const callNumberLimit = 2 ** 48;

/** The bytes of a bundle. Heads are below 64 KiB; larger messages travel alone. */
export function encodeBundle(items: readonly BundleItem[]): Uint8Array {
  let size = 0;
  for (const { head, body } of items)
    size += itemPrefixBytes + (head === undefined ? 0 : head.length) + body.length;
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { number, head, body } of items) {
    const headLength = head === undefined ? 0 : head.length;
    bytes.writeUIntBE(number, at, 6);
    bytes.writeUInt16BE(headLength, at + 6);
    bytes.writeUInt32BE(body.length, at + 8);
    at += itemPrefixBytes;
    if (head !== undefined) bytes.set(head, at);
    at += headLength;
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/**
 * Calls `onItem` for each item of a bundle. Heads and bodies are views into it.
 *
 * @throws RangeError when the bundle ends within an item; the items before it have been told.
 */
export function readBundle(
  bundle: Uint8Array,
  onItem: (number: number, head: Uint8Array | undefined, body: Uint8Array) => void,
): void {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length);
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < itemPrefixBytes)
      throw new RangeError('the bundle ends within the prefix of an item');
    const number = bytes.readUIntBE(at, 6);
    const headEnd = at + itemPrefixBytes + bytes.readUInt16BE(at + 6);
    const bodyEnd = headEnd + bytes.readUInt32BE(at + 8);
    if (bodyEnd > bytes.length) throw new RangeError('the bundle ends within an item');
    const headStart = at + itemPrefixBytes;
    onItem(
      number,
      headEnd === headStart ? undefined : bytes.subarray(headStart, headEnd),
      bytes.subarray(headEnd, bodyEnd),
    );
    at = bodyEnd;
  }
}
