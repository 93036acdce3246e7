import { describe, expect, it } from 'vitest';
import { createEnvelopeReader, EnvelopeError, envelopePrefix } from './envelope.ts';

const messages = [0, 1, 300, 0, 0, 7].map((length, n) => new Uint8Array(length).fill(n + 1));
const stream = Buffer.concat(messages.flatMap((message) => [envelopePrefix(message.length), message]));

/** Reads `chunks`. */
function read(chunks: readonly Uint8Array[], maxMessageBytes = 1000) {
  const received: Uint8Array[] = [];
  const reader = createEnvelopeReader({
    maxMessageBytes,
    mayRead: () => true,
    onMessage: (message) => received.push(new Uint8Array(message)),
  });
  const taken = chunks.map((chunk) => reader.push(chunk));
  return { received, taken, atBoundary: reader.atBoundary };
}

const failureOf = (chunks: readonly Uint8Array[], maxMessageBytes: number): unknown => {
  try {
    return read(chunks, maxMessageBytes);
  } catch (error) {
    return error;
  }
};

describe('envelopePrefix()', () => {
  it.each([
    [0, '0000000000'],
    [1, '0000000001'],
    [70_000, '0000011170'],
    [2 ** 32 - 1, '00ffffffff'],
  ])('of %i bytes is %s', (length, hex) => {
    expect(Buffer.from(envelopePrefix(length)).toString('hex')).toBe(hex);
  });
});

describe('an envelope reader', () => {
  const cuts: [string, Uint8Array[]][] = [
    ['whole', [stream]],
    ['byte by byte', Array.from(stream, (_, at) => stream.subarray(at, at + 1))],
    ['with empty pieces', [stream.subarray(0, 0), stream, stream.subarray(0, 0)]],
  ];
  it.each(cuts)('takes the stream %s', (_, chunks) => {
    const { received, atBoundary } = read(chunks);
    expect(received).toEqual(messages);
    expect(atBoundary).toBe(true);
  });

  it('gives the same messages wherever the stream is cut, and takes all of it', () => {
    for (let at = 0; at <= stream.length; at++) {
      for (const next of [at, at + 1, at + 4, stream.length]) {
        const chunks = [stream.subarray(0, at), stream.subarray(at, next), stream.subarray(next)];
        const { received, taken } = read(chunks);
        expect({ at, next, received }).toEqual({ at, next, received: messages });
        expect(taken).toEqual(chunks.map(({ length }) => length));
      }
    }
  });

  it('leaves the rest of the bytes where there is no room for another message, wherever they are cut', () => {
    for (let at = 0; at <= stream.length; at++) {
      const received: number[] = [];
      let room = 0;
      const reader = createEnvelopeReader({
        maxMessageBytes: 1000,
        mayRead: () => room > 0,
        onMessage({ length }) {
          room--;
          received.push(length);
        },
      });
      let waiting: Uint8Array[] = [stream.subarray(0, at), stream.subarray(at)];
      const counts: number[] = [];
      for (const _ of messages) {
        room++;
        waiting = waiting.flatMap((chunk, n) => {
          const blocked = waiting.slice(0, n).some(({ length }) => length > 0) && room === 0;
          return blocked ? [chunk] : [chunk.subarray(reader.push(chunk))];
        });
        counts.push(received.length);
      }
      expect({ at, counts }).toEqual({ at, counts: [1, 2, 3, 4, 5, 6] });
      expect(received).toEqual(messages.map(({ length }) => length));
    }
  });

  it('knows the size of a message once its prefix is there', () => {
    const reader = createEnvelopeReader({
      maxMessageBytes: 1000,
      mayRead: () => true,
      onMessage: () => undefined,
    });
    expect(reader.pendingBytes).toBe(0);
    reader.push(envelopePrefix(100).subarray(0, 2));
    expect(reader.pendingBytes).toBe(5);
    reader.push(envelopePrefix(100).subarray(2));
    expect(reader.pendingBytes).toBe(105);
    reader.push(new Uint8Array(99));
    expect(reader.pendingBytes).toBe(105);
    reader.push(new Uint8Array(1));
    expect(reader.pendingBytes).toBe(0);
  });

  it('is at a boundary only between messages', () => {
    const ends = new Set<number>([0]);
    let at = 0;
    for (const message of messages) {
      at += 5 + message.length;
      ends.add(at);
    }
    const boundaries = Array.from({ length: stream.length + 1 }, (_, at) => at).filter(
      (at) => read([stream.subarray(0, at)]).atBoundary,
    );
    expect(new Set(boundaries)).toEqual(ends);
  });

  it('refuses a message above the limit by its prefix, before its bytes have come', () => {
    const error = failureOf([envelopePrefix(2 ** 32 - 1)], 299);
    expect(error).toBeInstanceOf(EnvelopeError);
    expect(error).toMatchObject({
      announcedBytes: 2 ** 32 - 1,
      message: 'a message of 4294967295 bytes is over the limit of 299',
    });
    expect(failureOf([stream], 299)).toMatchObject({ announcedBytes: 300 });
    expect(failureOf([stream], 300)).toMatchObject({ received: messages });
  });

  it.each([1, 2, 128, 255])('refuses the flags %i', (flags) => {
    const error = failureOf([Uint8Array.of(flags, 0, 0, 0, 1, 42)], 1000);
    expect(error).toBeInstanceOf(EnvelopeError);
    expect(error).toMatchObject({
      announcedBytes: undefined,
      message: expect.stringContaining(`flags ${flags}`),
    });
  });
});
