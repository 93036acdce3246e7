import { describe, expect, it } from 'vitest';
import { createMessageReader } from './message-reader.ts';

const crlf = '\r\n';

/** What a frame of these parts is read as, in order: messages as their fields, other lines as text. */
function readAs(...parts: string[]): unknown[] {
  const read: unknown[] = [];
  const text = (bytes: Buffer, start: number, end: number): string => bytes.toString('latin1', start, end);
  createMessageReader({
    onMessage(frame, { sid, ...at }) {
      read.push([
        sid,
        text(frame, at.subjectStart, at.subjectEnd),
        text(frame, at.replyStart, at.replyEnd),
        text(frame, at.headStart, at.bodyStart),
        text(frame, at.bodyStart, at.bodyEnd),
      ]);
    },
    onOther: (lines) => read.push(lines.toString('latin1')),
  })(Buffer.from(parts.join(''), 'latin1'));
  return read;
}

describe('the message reader', () => {
  it.each([
    { line: 'MSG a.b 1 0', body: '', read: [1, 'a.b', '', '', ''] },
    { line: 'MSG a 12 5', body: 'hello', read: [12, 'a', '', '', 'hello'] },
    { line: 'MSG a 12 7.8 5', body: 'he\r\no', read: [12, 'a', '7.8', '', 'he\r\no'] },
    { line: 'MSG 1 2 3 4', body: 'MSG ', read: [2, '1', '3', '', 'MSG '] },
    {
      line: 'HMSG a 9 12 17',
      body: 'NATS/1.0\r\n\r\nhello',
      read: [9, 'a', '', 'NATS/1.0\r\n\r\n', 'hello'],
    },
    { line: 'HMSG a 9 r 12 12', body: 'NATS/1.0\r\n\r\n', read: [9, 'a', 'r', 'NATS/1.0\r\n\r\n', ''] },
    { line: 'HMSG a 9 1.2 0 2', body: 'ab', read: [9, 'a', '1.2', '', 'ab'] },
  ])('reads $line', ({ line, body, read }) => {
    expect(readAs(`${line}${crlf}${body}${crlf}`)).toEqual([read]);
  });

  it('passes other lines on in their place', () => {
    const message = (n: number) => `MSG a ${n} 1${crlf}x${crlf}`;
    const [ping, ok, pong] = ['PING', '+OK', 'PONG'].map((line) => `${line}${crlf}`) as [
      string,
      string,
      string,
    ];
    expect(readAs(ping, message(1), message(2), ok, pong, message(3), pong)).toEqual([
      ping,
      [1, 'a', '', '', 'x'],
      [2, 'a', '', '', 'x'],
      ok + pong,
      [3, 'a', '', '', 'x'],
      pong,
    ]);
    expect(readAs(ping, pong)).toEqual([ping + pong]);
  });

  it.each([
    'MSG  a 1 5',
    'MSG a  1 5',
    'MSG\ta 1 5',
    'MSG a x 5',
    'MSG a 5',
    'HMSG a 1 5',
    'HMSG a 1 9 5',
    'HMSG a 1 r x 5',
    'hmsg a 1 0 5',
  ])('leaves "%s" to the client, whole', (line) => {
    const strange = `${line}${crlf}PING${'\n'}${crlf}`;
    expect(readAs(strange, `MSG a 1 0${crlf}${crlf}`)).toEqual([strange, [1, 'a', '', '', '']]);
  });
});
