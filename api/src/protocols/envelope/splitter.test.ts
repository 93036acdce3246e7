import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { envelope, packedFlag } from './prefix.ts';
import { createEnvelopeSplitter } from './splitter.ts';

interface Seen {
  readonly flags: number;
  readonly payload: Buffer;
}

/** Splits what comes in the given chunks; `maxRead` messages are taken. */
function split(
  chunks: readonly Uint8Array[],
  { maxMessageBytes = 1000, maxRead = Number.POSITIVE_INFINITY } = {},
) {
  const seen: Seen[] = [];
  const splitter = createEnvelopeSplitter({
    maxMessageBytes,
    mayRead: () => seen.length < maxRead,
    onEnvelope: (flags, payload) => void seen.push({ flags, payload: Buffer.from(payload) }),
  });
  const taken = chunks.map((chunk) => splitter.push(chunk));
  return { seen, taken, atBoundary: splitter.atBoundary };
}

function codeOf(work: () => unknown): Code | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof ConnectError ? error.code : undefined;
  }
  return undefined;
}

const messages: Seen[] = [
  { flags: 0, payload: Buffer.from('one') },
  { flags: packedFlag, payload: Buffer.alloc(0) },
  { flags: 2, payload: Buffer.alloc(999, 7) },
  { flags: 0, payload: Buffer.alloc(0) },
];
const body = Buffer.concat(messages.flatMap(({ flags, payload }) => envelope(flags, payload)));

describe('an envelope splitter', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 100, 1000, body.length])(
    'takes a body apart that comes in pieces of %d',
    (size) => {
      const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
        body.subarray(i * size, (i + 1) * size),
      );
      const { seen, atBoundary } = split(pieces);
      expect(seen).toEqual(messages);
      expect(atBoundary).toBe(true);
    },
  );

  it('grows with the bytes that come, not with the length that is announced', () => {
    const payload = Buffer.alloc(300_000, 1);
    const whole = Buffer.concat(envelope(0, payload));
    const pieces = Array.from({ length: 30 }, (_, i) => whole.subarray(i * 10_001, (i + 1) * 10_001));
    expect(split(pieces, { maxMessageBytes: 300_000 }).seen).toEqual([{ flags: 0, payload }]);
  });

  it('takes no more than may be read, and can be offered the rest again', () => {
    const { seen, taken, atBoundary } = split([body], { maxRead: 2 });
    expect([seen, taken, atBoundary]).toEqual([messages.slice(0, 2), [13], true]);
  });

  it('refuses a message over the limit by its prefix', () => {
    expect(codeOf(() => split([Buffer.from([0, 0, 0, 3, 0xe9])]))).toBe(Code.ResourceExhausted);
    expect(codeOf(() => split([Buffer.from([0, 0xff, 0xff, 0xff, 0xff])]))).toBe(Code.ResourceExhausted);
    expect(split([Buffer.from([0, 0, 0, 3, 0xe8])]).seen).toEqual([]);
  });

  it.each([1, 4, 5, 7])('is not at a boundary after %d bytes of a message', (count) => {
    expect(split([body.subarray(0, count)]).atBoundary).toBe(false);
  });
});

describe('envelope()', () => {
  it.each([0, 1, 4096, 4097, 70_000])('puts a prefix before %d bytes', (length) => {
    const whole = Buffer.concat(envelope(1, Buffer.alloc(length, 9)));
    expect([whole[0], whole.readUInt32BE(1), whole.length]).toEqual([1, length, length + 5]);
    expect(whole.subarray(5).every((byte) => byte === 9)).toBe(true);
  });
});
