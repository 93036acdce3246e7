import { describe, expect, it } from 'vitest';
import { dataOf, encodeFrame, FRAME_FLAGS, FRAME_TYPES, type Frame, readFrames } from './frames.ts';

const frame = (streamId: number, payload: string): Frame => ({
  type: FRAME_TYPES.data,
  flags: FRAME_FLAGS.endStream,
  streamId,
  payload: Buffer.from(payload),
});

describe('encodeFrame()', () => {
  it('writes length, type, flags and stream before the payload (RFC 9113, section 4.1)', () => {
    expect(encodeFrame(frame(0x01020304, 'abc')).toString('hex')).toBe('000003000101020304616263');
  });
});

describe('readFrames()', () => {
  const bytes = Buffer.concat([encodeFrame(frame(1, 'first')), encodeFrame(frame(3, ''))]);

  it.each(Array.from({ length: bytes.byteLength + 1 }, (_, at) => at))(
    'reads what was cut at byte %i',
    (at) => {
      const frames: Frame[] = [];
      const visit = (one: Frame): number => frames.push(one);
      const rest = readFrames(bytes.subarray(0, at), visit);
      expect(readFrames(Buffer.concat([rest, bytes.subarray(at)]), visit)).toHaveLength(0);
      expect(frames).toEqual([frame(1, 'first'), frame(3, '')]);
    },
  );

  it('ignores the reserved bit of the stream', () => {
    const visited: number[] = [];
    readFrames(Buffer.from('000000000080000001', 'hex'), ({ streamId }) => visited.push(streamId));
    expect(visited).toEqual([1]);
  });
});

describe('dataOf()', () => {
  it('takes padding away', () => {
    const padded = { ...frame(1, ''), flags: FRAME_FLAGS.padded, payload: Buffer.from('\u0002note\0\0') };
    expect(dataOf(padded).toString()).toBe('note');
  });
});
