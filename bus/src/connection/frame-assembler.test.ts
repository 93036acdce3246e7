import { describe, expect, it } from 'vitest';
import { createFrameAssembler } from './frame-assembler.ts';

const crlf = '\r\n';
const body = `PING${crlf}MSG x 1 9${crlf}`;
const parts = [
  `INFO {"max_payload":1048576}${crlf}`,
  `PONG${crlf}`,
  `MSG a.b 1 0${crlf}${crlf}`,
  `MSG a.b 12 c.d ${body.length}${crlf}${body}${crlf}`,
  `+OK${crlf}`,
  `HMSG a.b 1 12 17${crlf}NATS/1.0${crlf}${crlf}hello${crlf}`,
  `hmsg a 1 c 12 1012${crlf}NATS/1.0${crlf}${crlf}${'x'.repeat(1000)}${crlf}`,
  `msg a 1 3${crlf}\n\n\n${crlf}`,
  `PING${crlf}`,
];
const stream = Buffer.from(parts.join(''), 'latin1');

/** Positions where a frame may end. */
const ends = new Set<number>();
parts.reduce((end, part) => {
  ends.add(end + part.length);
  return end + part.length;
}, 0);

/** What comes out when the stream comes in pieces, each in the same memory. */
function framesOf(pieces: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  const push = createFrameAssembler((frame) => frames.push(frame));
  const memory = Buffer.alloc(stream.length);
  for (const piece of pieces) {
    piece.copy(memory);
    push(memory.subarray(0, piece.length));
    memory.fill(0);
  }
  return frames;
}

const cutEvery = (size: number): Buffer[] =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
    stream.subarray(n * size, (n + 1) * size),
  );

function expectWhole(frames: readonly Buffer[]): void {
  expect(Buffer.concat(frames).toString('latin1')).toBe(stream.toString('latin1'));
  let end = 0;
  const strays = frames.map(({ length }) => (end += length)).filter((at) => !ends.has(at));
  expect(strays).toEqual([]);
}

describe('a frame assembler', () => {
  it('passes on what is whole as it is', () => {
    expect(framesOf([stream])).toEqual([stream]);
  });

  it.each([1, 2, 3, 7, 50, 100, 999])('makes whole frames of pieces of %i bytes', (size) => {
    expectWhole(framesOf(cutEvery(size)));
  });

  it('makes whole frames wherever the stream is cut', () => {
    for (let at = 0; at <= stream.length; at++)
      expectWhole(framesOf([stream.subarray(0, at), stream.subarray(at)]));
  });

  it('holds back only what is not whole', () => {
    const frames = framesOf([stream.subarray(0, stream.length - 1)]);
    expect(Buffer.concat(frames).length).toBe(stream.length - `PING${crlf}`.length);
  });

  it('gives a message that comes in pieces memory of exactly its size', () => {
    const large = Buffer.from(`MSG a 1 100000${crlf}${'y'.repeat(100_000)}${crlf}`);
    const frames: Buffer[] = [];
    const push = createFrameAssembler((frame) => frames.push(frame));
    for (let at = 0; at < large.length; at += 30_000) push(large.subarray(at, at + 30_000));
    expect(frames.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual([
      [large.length, large.length],
    ]);
  });
});
