import { describe, expect, it } from 'vitest';
import {
  decodeAccept,
  decodeEnd,
  decodePacket,
  encodeAccept,
  encodeEnd,
  encodePacket,
  type Frame,
  type FrameKind,
  frameKinds,
  framePrefixBytes,
  type PacketPlace,
  packetPrefixBytes,
  readU32,
  u32,
} from './packet.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Payloads as plain arrays: views into a packet compare by their buffers otherwise. */
const plain = ({ frames, ...place }: PacketPlace & { frames: readonly Frame[] }) => ({
  ...place,
  frames: frames.map(({ kind, payload }) => [kind, ...payload]),
});

const kinds = Object.keys(frameKinds) as FrameKind[];
const frames: Frame[] = kinds.map((kind, n) => ({ kind, payload: bytes('x'.repeat(n * 3)) }));

const place: PacketPlace = { sender: 3_735_928_559, sequence: 9 };

describe('a packet', () => {
  const packets: [string, number, Frame[]][] = [
    ['without frames', 0, []],
    ['of one frame without a payload', 1, [{ kind: 'alive', payload: bytes('') }]],
    ['of every kind of frame', 2 ** 32 - 1, frames],
    ['of the same kind twice', 7, [frames[2] as Frame, frames[2] as Frame]],
  ];
  it.each(packets)('%s comes back as it was', (_, sequence, given) => {
    const place = { sender: 2 ** 32 - 1 - sequence, sequence };
    expect(plain(decodePacket(encodePacket(place, given)))).toEqual(plain({ ...place, frames: given }));
  });

  it('is read where it lies within other bytes', () => {
    const within = Buffer.concat([bytes('before'), encodePacket(place, frames), bytes('after')]);
    const packet = within.subarray(6, within.length - 5);
    expect(plain(decodePacket(packet))).toEqual(plain({ ...place, frames }));
  });

  it('cut anywhere but between frames is refused', () => {
    const whole = encodePacket(place, frames);
    const ends = new Map<number, number>([[packetPrefixBytes, 0]]);
    let end = packetPrefixBytes;
    for (const [n, { payload }] of frames.entries()) {
      end += framePrefixBytes + payload.length;
      ends.set(end, n + 1);
    }
    const read = (at: number): number | string => {
      try {
        return decodePacket(whole.subarray(0, at)).frames.length;
      } catch (error) {
        return error instanceof RangeError ? 'refused' : String(error);
      }
    };
    const cuts = Array.from({ length: whole.length + 1 }, (_, at) => at);
    expect(cuts.map(read)).toEqual(cuts.map((at) => ends.get(at) ?? 'refused'));
  });

  it.each([0, 8, 255])('with a frame of the kind %i is refused', (kind) => {
    const packet = Buffer.from(encodePacket(place, [{ kind: 'alive', payload: bytes('') }]));
    packet[packetPrefixBytes] = kind;
    expect(() => decodePacket(packet)).toThrow(
      new RangeError(`the packet holds a frame of the unknown kind ${kind}`),
    );
  });
});

describe('payloads', () => {
  it.each([0, 1, 65_536, 2 ** 32 - 1])('the number %i', (value) => {
    expect(readU32(u32(value))).toBe(value);
  });

  it.each([0, 3, 5])('%i bytes are no number', (length) => {
    expect(() => readU32(new Uint8Array(length))).toThrow(RangeError);
  });

  it('accept', () => {
    expect(decodeAccept(encodeAccept(1024, 'rpc.i.4f1c.s.1'))).toEqual({
      windowBytes: 1024,
      subject: 'rpc.i.4f1c.s.1',
    });
    expect(() => decodeAccept(new Uint8Array(3))).toThrow(RangeError);
  });

  it.each([
    ['head and body', 'NATS/1.0\r\n\r\n', 'status'],
    ['a body alone', undefined, 'status'],
    ['neither', undefined, ''],
  ])('end with %s', (_, head, body) => {
    const end = decodeEnd(encodeEnd(head === undefined ? undefined : bytes(head), bytes(body)));
    expect(end.head && Buffer.from(end.head).toString()).toBe(head);
    expect(Buffer.from(end.body).toString()).toBe(body);
  });

  it('an end that is cut short is refused', () => {
    const whole = encodeEnd(bytes('head'), bytes(''));
    for (let at = 0; at < whole.length; at++) {
      expect(() => decodeEnd(whole.subarray(0, at)), `cut at ${at}`).toThrow(RangeError);
    }
  });
});
