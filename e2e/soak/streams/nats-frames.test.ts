import { describe, expect, it } from 'vitest';
import { createNatsFrameReader } from './nats-frames.ts';

const session =
  'INFO {"max_payload":1}\r\nPING\r\nPUB a.b 5\r\nhe\r\no\r\nPUB a.b re.ply 0\r\n\r\n' +
  'HPUB h.s 12 14\r\nNATS/1.0\r\n\r\nhi\r\nMSG m.s 9 3\r\nabc\r\nHMSG h.m 7 r.r 12 12\r\nNATS/1.0\r\n\r\n\r\n+OK\r\n';
const subjects = [undefined, undefined, 'a.b', 'a.b', 'h.s', 'm.s', 'h.m', undefined];

describe('a reader of frames', () => {
  it.each([1, 2, 3, 7, 20, 1_000])('finds them in chunks of %i bytes', (size) => {
    const reader = createNatsFrameReader();
    const bytes = Buffer.from(session);
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(...reader.push(bytes.subarray(at, at + size)));
    expect(frames.map(({ subject }) => subject)).toEqual(subjects);
    expect(Buffer.concat(frames.map((frame) => frame.bytes)).toString()).toBe(session);
  });
});
