/**
 * What travels on a stream after its opening (docs/protocol.md, "Streams"). One NATS message is one packet:
 *
 *     4 bytes   random id of the sender's end, the same in all its packets
 *     4 bytes   sequence number of the packet in its direction, big-endian, from 0
 *     then frames, each
 *       1 byte    kind
 *       4 bytes   length of the payload, big-endian
 *       …         payload
 *
 * Everything one side has to say in one turn of the event loop leaves in one packet; a short stream is one packet
 * each way.
 */
export const frameKinds = {
  /** Worker to caller, first: 4 bytes receive window, then the subject that takes the caller's packets. */
  accept: 1,
  /** Worker to caller: the header block with the response header. Before the first message. */
  head: 2,
  /** A piece of the byte stream of envelopes. */
  data: 3,
  /** The byte stream of this direction is complete. */
  last: 4,
  /** 4 bytes: so many more bytes of the byte stream may be sent. */
  credit: 5,
  /** Worker to caller: the outcome. 4 bytes length of the header block, header block, error body. */
  end: 6,
  /** Nothing but a sign of life. */
  alive: 7,
} as const;

export type FrameKind = keyof typeof frameKinds;

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

/** A frame on its way out; the parts of its payload are put together in the packet. */
export interface OutgoingFrame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array | readonly Uint8Array[];
}

export const packetPrefixBytes = 8;

/** Where a packet comes from, and its place there. */
export interface PacketPlace {
  /** Tells the packets of one run of a call from those of another, should the opening have arrived twice. */
  readonly sender: number;
  readonly sequence: number;
}
export const framePrefixBytes = 5;

/** Sequence numbers count modulo this. */
export const sequenceLimit = 2 ** 32;

/** A packet that is written where it is wanted. */
export interface OutgoingPacket {
  readonly size: number;
  writeTo(bytes: Buffer, at: number): void;
}

/** A packet of these frames. */
export function packetOf(place: PacketPlace, frames: readonly OutgoingFrame[]): OutgoingPacket {
  let size = packetPrefixBytes;
  for (const { payload } of frames) size += framePrefixBytes + lengthOf(payload);
  return { size, writeTo: (bytes, at) => writePacket(place, frames, { bytes, at }) };
}

/** The bytes of a packet. */
export function encodePacket(place: PacketPlace, frames: readonly OutgoingFrame[]): Uint8Array {
  return packetToBytes(packetOf(place, frames));
}

/** The bytes of a packet that is yet to be written. */
export function packetToBytes({ size, writeTo }: OutgoingPacket): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  writeTo(bytes, 0);
  return bytes;
}

function writePacket(
  { sender, sequence }: PacketPlace,
  frames: readonly OutgoingFrame[],
  { bytes, at: start }: { readonly bytes: Buffer; readonly at: number },
): void {
  bytes.writeUInt32BE(sender, start);
  bytes.writeUInt32BE(sequence, start + 4);
  let at = start + packetPrefixBytes;
  for (const { kind, payload } of frames) {
    bytes[at] = frameKinds[kind];
    bytes.writeUInt32BE(lengthOf(payload), at + 1);
    at += framePrefixBytes;
    for (const part of payload instanceof Uint8Array ? [payload] : payload) {
      bytes.set(part, at);
      at += part.length;
    }
  }
}

const kindByNumber: ReadonlyMap<number, FrameKind> = new Map(
  Object.entries(frameKinds).map(([kind, number]) => [number, kind as FrameKind]),
);

/**
 * Reads a packet. Payloads are views into it.
 *
 * @throws RangeError when it is cut short, or holds a frame of a kind that is not known.
 */
export function decodePacket(packet: Uint8Array): PacketPlace & { readonly frames: readonly Frame[] } {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  if (bytes.length < packetPrefixBytes) throw new RangeError('the packet is shorter than its prefix');
  const frames: Frame[] = [];
  let at = packetPrefixBytes;
  while (at < bytes.length) {
    if (bytes.length - at < framePrefixBytes)
      throw new RangeError('the packet ends within the prefix of a frame');
    const number = bytes[at] as number;
    const kind = kindByNumber.get(number);
    if (kind === undefined) throw new RangeError(`the packet holds a frame of the unknown kind ${number}`);
    const start = at + framePrefixBytes;
    const end = start + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) throw new RangeError('the packet ends within a frame');
    frames.push({ kind, payload: bytes.subarray(start, end) });
    at = end;
  }
  return { sender: bytes.readUInt32BE(0), sequence: bytes.readUInt32BE(4), frames };
}

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };

export function u32(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

/** @throws RangeError when the payload is not four bytes. */
export function readU32(payload: Uint8Array): number {
  if (payload.length !== 4) throw new RangeError(`a payload of ${payload.length} bytes is no 32-bit number`);
  return Buffer.from(payload.buffer, payload.byteOffset, 4).readUInt32BE(0);
}

export function encodeAccept(windowBytes: number, subject: string): Uint8Array {
  return Buffer.concat([u32(windowBytes), text.encoder.encode(subject)]);
}

export function decodeAccept(payload: Uint8Array): { windowBytes: number; subject: string } {
  return { windowBytes: readU32(payload.subarray(0, 4)), subject: text.decoder.decode(payload.subarray(4)) };
}

export function encodeEnd(head: Uint8Array | undefined, body: Uint8Array): Uint8Array {
  const headLength = head === undefined ? 0 : head.length;
  return Buffer.concat([u32(headLength), head ?? new Uint8Array(0), body]);
}

export function decodeEnd(payload: Uint8Array): { head: Uint8Array | undefined; body: Uint8Array } {
  const headLength = readU32(payload.subarray(0, 4));
  if (4 + headLength > payload.length) throw new RangeError('the outcome ends within its header block');
  return {
    head: headLength === 0 ? undefined : payload.subarray(4, 4 + headLength),
    body: payload.subarray(4 + headLength),
  };
}

/** Bytes of a payload, in one part or several. */
export function lengthOf(payload: OutgoingFrame['payload']): number {
  if (payload instanceof Uint8Array) return payload.length;
  let length = 0;
  for (const part of payload) length += part.length;
  return length;
}
