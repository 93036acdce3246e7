/** A frame of HTTP/2 (RFC 9113, section 4.1); the payload is a view of the bytes it was read from. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Section 6; only what a client of unary calls meets. */
export const FRAME_TYPES = {
  data: 0x0,
  headers: 0x1,
  resetStream: 0x3,
  settings: 0x4,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
} as const;

export const FRAME_FLAGS = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8 } as const;

const HEAD_BYTES = 9;

export function encodeFrame({ type, flags, streamId, payload }: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Visits every whole frame, and returns the bytes that are left. */
export function readFrames(bytes: Buffer, visit: (frame: Frame) => void): Buffer {
  let start = 0;
  while (bytes.byteLength - start >= HEAD_BYTES) {
    const end = start + HEAD_BYTES + bytes.readUIntBE(start, 3);
    if (bytes.byteLength < end) break;
    visit({
      type: bytes[start + 3] as number,
      flags: bytes[start + 4] as number,
      // The first bit is reserved.
      streamId: bytes.readUInt32BE(start + 5) & 0x7fffffff,
      payload: bytes.subarray(start + HEAD_BYTES, end),
    });
    start = end;
  }
  return bytes.subarray(start);
}

/** The payload of a DATA frame without its padding (section 6.1). */
export function dataOf({ flags, payload }: Frame): Buffer {
  if ((flags & FRAME_FLAGS.padded) === 0) return payload;
  return payload.subarray(1, payload.byteLength - (payload[0] as number));
}
