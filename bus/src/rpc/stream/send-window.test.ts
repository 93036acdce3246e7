import { describe, expect, it } from 'vitest';
import { type BlockPool, createBlockPool } from '../../connection/block-pool.ts';
import { createEnvelopeReader } from '../../wire/envelope.ts';
import { createSendWindow as createWindow, type EncodeInto, type SendWindow } from './send-window.ts';

const createSendWindow = (creditBytes: number): SendWindow => createWindow(creditBytes, createBlockPool());

const everything = Number.POSITIVE_INFINITY;

/** Takes out pieces of at most `mostBytes` until there is none. */
function drain(window: SendWindow, mostBytes = everything): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = window.take(mostBytes); piece !== undefined; piece = window.take(mostBytes)) {
    pieces.push(Buffer.concat(piece));
  }
  return pieces;
}

function messagesIn(pieces: readonly Uint8Array[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const reader = createEnvelopeReader({
    maxMessageBytes: 2 ** 31,
    mayRead: () => true,
    onMessage: (message) => messages.push(new Uint8Array(message)),
  });
  for (const piece of pieces) reader.push(piece);
  return messages;
}

const messages = [3, 0, 100, 0, 1].map((length, n) => new Uint8Array(length).fill(n + 1));
const totalBytes = messages.reduce((sum, { length }) => sum + 5 + length, 0);

describe('a send window', () => {
  it.each([1, 2, 5, 6, 13, 64, everything])('cuts messages into pieces of at most %i bytes', (mostBytes) => {
    const window = createSendWindow(everything);
    for (const message of messages) window.write(message);
    const pieces = drain(window, mostBytes);
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(Math.min(mostBytes, totalBytes));
    expect(pieces).toHaveLength(Math.ceil(totalBytes / Math.min(mostBytes, totalBytes)));
    expect(messagesIn(pieces)).toEqual(messages);
  });

  it('takes out exactly as much as there is credit for', () => {
    for (let credit = 0; credit <= totalBytes; credit++) {
      const window = createSendWindow(credit);
      for (const message of messages) window.write(message);
      const first = drain(window, 7);
      expect(first.reduce((sum, { length }) => sum + length, 0)).toBe(credit);
      expect(window.waitingBytes).toBe(totalBytes - credit);
      window.grant(totalBytes);
      expect(messagesIn([...first, ...drain(window)])).toEqual(messages);
    }
  });

  it('owes back credit that was taken away', () => {
    const window = createSendWindow(100);
    window.write(new Uint8Array(200));
    expect(Buffer.concat(window.take(100) ?? [])).toHaveLength(100);
    window.grant(-60);
    expect(window.take(100)).toBeUndefined();
    window.grant(60);
    expect(window.take(100)).toBeUndefined();
    window.grant(1);
    expect(Buffer.concat(window.take(100) ?? [])).toHaveLength(1);
  });

  it('is drained when it has been ended and nothing waits', () => {
    const window = createSendWindow(6);
    expect(window.drained).toBe(false);
    window.write(new Uint8Array(2));
    window.end();
    window.take(everything);
    expect(window.drained).toBe(false);
    window.grant(1);
    window.take(everything);
    expect(window.drained).toBe(true);
  });

  it('has nothing to take when nothing was written', () => {
    expect(createSendWindow(everything).take(everything)).toBeUndefined();
  });

  it('drops what waits, and goes on with the next message', () => {
    const window = createSendWindow(everything);
    window.write(new Uint8Array(10));
    window.take(7);
    window.clear();
    expect([window.waitingBytes, window.take(everything)]).toEqual([0, undefined]);
    window.write(Uint8Array.of(7));
    expect(messagesIn(drain(window))).toEqual([Uint8Array.of(7)]);
  });
});

/** Encodes bytes as they are. */
const encodeBytes: EncodeInto<Uint8Array> = (target, message) => {
  const at = target.reserve(message.length);
  target.bytes.set(message, at);
  return message.length;
};

/** A pool that spoils what is given back, and knows what is not. */
function spoilingPool() {
  const pool = createBlockPool();
  const out = new Set<Buffer>();
  const blocks: BlockPool = {
    take(leastBytes) {
      const block = pool.take(leastBytes);
      out.add(block);
      return block;
    },
    give(block) {
      expect(out.delete(block)).toBe(true);
      block.fill(0xee);
      pool.give(block);
    },
  };
  return { blocks, out };
}

describe('messages encoded in a send window', () => {
  const sizes = [10, 70_000, 70_000, 0, 5_000, 3, 300_000, 4_096, 4_097, 140_000, 1, 65_536, 65_536, 2_000];
  const encoded = sizes.map((length, n) => new Uint8Array(length).fill(n + 1));

  it.each([1_000, 65_541, 130_000, everything])(
    'are whole when taken in pieces of at most %i bytes',
    (mostBytes) => {
      const { blocks, out } = spoilingPool();
      const window = createWindow(everything, blocks);
      const pieces: Uint8Array[] = [];
      for (const [n, message] of encoded.entries()) {
        // Some come encoded already, and stand in the line themselves.
        if (n % 5 === 4) window.write(message);
        else window.encode(encodeBytes, message);
        if (n % 3 === 2) pieces.push(...drain(window, mostBytes));
        const piece = window.take(mostBytes);
        if (piece !== undefined) pieces.push(Buffer.concat(piece));
      }
      pieces.push(...drain(window, mostBytes));
      expect(messagesIn(pieces)).toEqual(encoded);
      window.clear();
      expect(out.size).toBe(0);
    },
  );

  it('are given up with their blocks', () => {
    const { blocks, out } = spoilingPool();
    const window = createWindow(100, blocks);
    for (const message of encoded) window.encode(encodeBytes, message);
    window.take(everything);
    expect(out.size).toBeGreaterThan(3);
    window.clear();
    expect([out.size, window.waitingBytes]).toEqual([0, 0]);
  });

  it('are not there when their encoding failed', () => {
    const window = createSendWindow(everything);
    window.encode(encodeBytes, Uint8Array.of(1));
    const fail: EncodeInto<unknown> = (target) => {
      const at = target.reserve(10_000);
      target.bytes[at] = 9;
      throw new Error('no');
    };
    expect(() => window.encode(fail, undefined)).toThrow('no');
    window.encode(encodeBytes, Uint8Array.of(2));
    expect(messagesIn(drain(window))).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });
});
