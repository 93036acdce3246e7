import type { Msg } from '@nats-io/nats-core';
import { MsgImpl } from '@nats-io/nats-core/internal';
import { describe, expect, it } from 'vitest';
import { headerFields, headerStatus } from '../wire/header-block.ts';
import { headerBlock, replySubjectOf, trailingNumber } from './raw-message.ts';

interface Parts {
  readonly subject?: string;
  readonly reply?: string;
  readonly head?: string;
}

/** A message as the client's parser makes it. */
function received({ subject = 'a', reply, head = '' }: Parts): Msg {
  const headBytes = Buffer.from(head);
  const data = Buffer.concat([headBytes, Buffer.from('body')]);
  const parts = {
    subject: Buffer.from(subject),
    reply: reply === undefined ? undefined : Buffer.from(reply),
    sid: 1,
    hdr: head === '' ? -1 : headBytes.length,
    size: data.length,
  };
  return new MsgImpl(parts as ConstructorParameters<typeof MsgImpl>[0], data, {} as never);
}

/** The same message with nothing but what the client documents, as after a change of its private fields. */
function documented(parts: Parts): Msg {
  const { subject, headers, data } = received(parts);
  const reply = parts.reply;
  return { subject, reply, headers, data } as unknown as Msg;
}

describe.each([
  ['the client of today', received],
  ['a client with the documented members only', documented],
])('with %s', (_, message) => {
  it('headerBlock() gives the header', () => {
    const block = headerBlock(message({ head: 'NATS/1.0\r\na: 1\r\nB: 2\r\n\r\n' }));
    expect(headerFields(block as Uint8Array)).toEqual([
      ['a', '1'],
      ['B', '2'],
    ]);
  });

  it('headerBlock() gives the status of the broker', () => {
    expect(headerStatus(headerBlock(message({ head: 'NATS/1.0 503\r\n\r\n' })) as Uint8Array)).toBe(503);
  });

  it('headerBlock() of a message without headers is undefined', () => {
    expect(headerBlock(message({}))).toBeUndefined();
  });

  it.each(['_INBOX.x.7', 'réponse'])('replySubjectOf() gives %s', (reply) => {
    expect(replySubjectOf(message({ reply }))).toBe(reply);
  });

  it('replySubjectOf() is empty when no reply is wanted', () => {
    expect(replySubjectOf(message({}))).toBe('');
  });

  it.each([
    ['_INBOX.abc.0', 0],
    ['_INBOX.abc.41', 41],
    ['_INBOX.abc.1048576000001', 1_048_576_000_001],
    ['_INBOX.abc.007', 7],
    ['_INBOX.abc.7.r', -1],
    ['_INBOX.abc.w-7', -1],
    ['_INBOX.abc.', -1],
    ['_INBOX.abc.x1', -1],
    ['_INBOX.7.abc', -1],
  ])('trailingNumber() of %s is %d', (subject, number) => {
    expect(trailingNumber(message({ subject }))).toBe(number);
  });
});
