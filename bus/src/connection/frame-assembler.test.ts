import { describe, expect, it } from 'vitest';
import { createFrameAssembler, type FrameAssembler } from './frame-assembler.ts';

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

/** Reads pieces as a socket does, at most as much at once as there is space for. Returns how much that was each time. */
function readInto(assembler: FrameAssembler, pieces: readonly Buffer[]): number[] {
  return pieces.flatMap((piece) => {
    const reads: number[] = [];
    for (let at = 0; at < piece.length; ) {
      const length = piece.copy(assembler.space(), 0, at);
      assembler.take(length);
      reads.push(length);
      at += length;
    }
    return reads;
  });
}

/** What comes out when the stream comes in pieces. */
function framesOf(pieces: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  readInto(
    createFrameAssembler((frame) => frames.push(frame)),
    pieces,
  );
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
    const pieces = [0, 30_000, 60_000, 90_000].map((at) => large.subarray(at, at + 30_000));
    readInto(
      createFrameAssembler((frame) => frames.push(frame)),
      pieces,
    );
    expect(frames.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual([
      [large.length, large.length],
    ]);
  });

  it('reads what is missing of a large message to its place, and begins the next one with care', () => {
    const large = Buffer.from(`MSG a 1 200000${crlf}${'z'.repeat(200_000)}${crlf}`);
    const small = Buffer.from(`MSG a 1 9000${crlf}${'s'.repeat(9_000)}${crlf}`);
    const frames: Buffer[] = [];
    const assembler = createFrameAssembler((frame) => frames.push(frame));
    const all = Buffer.concat([large, large, small, small]);
    const [first, begin, second, ...rest] = readInto(assembler, [all]);
    expect([first, begin]).toEqual([64 * 1024, large.length - 64 * 1024]);
    expect([second, rest[0]]).toEqual([4 * 1024, large.length - 4 * 1024]);
    expect(rest.slice(1)).toEqual([4 * 1024, 2 * small.length - 4 * 1024]);
    expect(Buffer.concat(frames).equals(all)).toBe(true);
  });
});
