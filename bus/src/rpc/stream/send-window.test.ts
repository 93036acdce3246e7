import { describe, expect, it } from 'vitest';
import { createEnvelopeReader } from '../../wire/envelope.ts';
import { createSendWindow, type SendWindow } from './send-window.ts';

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
