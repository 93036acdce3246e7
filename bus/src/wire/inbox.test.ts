import { describe, expect, it } from 'vitest';
import {
  bundledReplyAddress,
  bundledRequestsAddress,
  inboxSubject,
  receiptNumber,
  streamReplySubject,
} from './inbox.ts';

describe('an inbox', () => {
  it('is marked, so that workers know that its owner reads bundles', () => {
    const inbox = inboxSubject('_INBOX.edge', 'f00');
    expect(inbox).toBe('_INBOX.edge.bl1-f00');
    expect(bundledReplyAddress(`${inbox}.42`)).toEqual({ subject: `${inbox}.b`, number: 42 });
  });

  it.each([
    '_INBOX.abc.42',
    'bl1-x',
    '',
    '42',
    '_INBOX.bl1-f00.42.r',
    '_INBOX.bl1-f00.m-3',
    '_INBOX.xbl1-f00.42',
  ])('without its mark or a number gets no bundles: %j', (subject) => {
    expect(bundledReplyAddress(subject)).toBeUndefined();
  });

  it.each(['', '-1', '007', '0x10', '1e3', '1.5', '281474976710656', '99999999999999999999'])(
    'whose call has the number "%s", which is none of ours, gets no bundles',
    (number) => {
      expect(bundledReplyAddress(`_INBOX.bl1-f00.${number}`)).toBeUndefined();
    },
  );

  it('is what stands before the name of a bundle of requests', () => {
    expect(bundledRequestsAddress('_INBOX.bl1-f00.m-3')).toEqual({
      inbox: '_INBOX.bl1-f00',
      bundledReplies: '_INBOX.bl1-f00.b',
    });
    expect(bundledRequestsAddress('')).toBeUndefined();
  });

  it('takes receipts below the number of their call', () => {
    expect(receiptNumber('42.r')).toBe(42);
    expect(receiptNumber('s.42.r')).toBe(42);
    expect(receiptNumber('42')).toBeUndefined();
  });

  it.each([
    ['_INBOX.bl1-f00.42', '_INBOX.bl1-f00.s.42'],
    ['_INBOX.abc.42', undefined],
    ['_INBOX.bl1-f00.s.42', undefined],
    ['_INBOX.bl1-f00.x', undefined],
  ])('takes a large reply to %s at %s', (replySubject, expected) => {
    expect(streamReplySubject(replySubject)).toBe(expected);
  });
});
