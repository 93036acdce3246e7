import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createOutbox, type OutgoingMessage } from './outbox.ts';

function message(subject: string, bytes = 1): OutgoingMessage {
  return { subject, body: new Uint8Array(bytes), head: undefined, reply: undefined };
}

function recordingOutbox() {
  const sent: string[] = [];
  return { sent, outbox: createOutbox(({ subject }) => sent.push(subject)) };
}

describe('createOutbox()', () => {
  it('sends what one turn of the event loop gathered, in order, at its end', async () => {
    const { sent, outbox } = recordingOutbox();
    outbox.push(message('a'));
    outbox.push(message('b'));
    await Promise.resolve();
    expect(sent).toEqual([]);
    await nextTurn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('gathers anew in the next turn', async () => {
    const { sent, outbox } = recordingOutbox();
    outbox.push(message('a'));
    await nextTurn();
    outbox.push(message('b'));
    expect(sent).toEqual(['a']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('does not wait once 64 KiB have gathered', () => {
    const { sent, outbox } = recordingOutbox();
    outbox.push(message('a', 64 * 1024 - 1));
    expect(sent).toEqual([]);
    outbox.push(message('b', 1));
    expect(sent).toEqual(['a', 'b']);
    outbox.push(message('c', 1));
    expect(sent).toEqual(['a', 'b']);
  });

  it('sends at once when flushed, and nothing twice', async () => {
    const { sent, outbox } = recordingOutbox();
    outbox.push(message('a'));
    outbox.flush();
    outbox.flush();
    expect(sent).toEqual(['a']);
    await nextTurn();
    expect(sent).toEqual(['a']);
  });

  it('keeps what is pushed while it sends for the next write', async () => {
    const sent: string[] = [];
    const outbox = createOutbox(({ subject }) => {
      sent.push(subject);
      if (subject === 'a') outbox.push(message('c'));
    });
    outbox.push(message('a'));
    outbox.push(message('b'));
    outbox.flush();
    expect(sent).toEqual(['a', 'b']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b', 'c']);
  });
});
