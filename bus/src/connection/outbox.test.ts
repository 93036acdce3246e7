import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../wire/bundle.ts';
import { type BundleRoute, createOutbox, type OutgoingMessage } from './outbox.ts';

function message(subject: string, bytes = 1): OutgoingMessage {
  return { subject, body: new Uint8Array(bytes), head: undefined, reply: undefined };
}

const quiet = { maxBytes: () => 1024 * 1024, onError() {}, flush() {} };

function recordingOutbox() {
  const sent: string[] = [];
  return {
    sent,
    outbox: createOutbox({ ...quiet, send: ({ subject }) => sent.push(subject) }),
  };
}

describe('createOutbox()', () => {
  it('sends what one turn of the event loop gathered, in order, at its end', async () => {
    const { sent, outbox } = recordingOutbox();
    for (const subject of ['a', 'b']) outbox.push(message(subject));
    await nextTurn();
    outbox.push(message('c'));
    await Promise.resolve();
    outbox.push(message('d'));
    await Promise.resolve();
    expect(sent).toEqual(['a', 'b']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not keep the first message for the end of the turn where the last turn had but one', async () => {
    const { sent, outbox } = recordingOutbox();
    outbox.push(message('a'));
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent).toEqual(['a']);
    await nextTurn();
    outbox.push(message('b'));
    await Promise.resolve();
    expect(sent).toEqual(['a', 'b']);
    for (const subject of ['c', 'd']) {
      outbox.push(message(subject));
      await Promise.resolve();
    }
    expect(sent).toEqual(['a', 'b']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    outbox.push(message('e'));
    await Promise.resolve();
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
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
    outbox.push(message('a', 64 * 1024 - 20));
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
    const send = ({ subject }: OutgoingMessage): void => {
      sent.push(subject);
      if (subject === 'a') outbox.push(message('c'));
    };
    const outbox = createOutbox({ ...quiet, send, flush: () => sent.push('flush') });
    outbox.push(message('a'));
    outbox.push(message('b'));
    outbox.flush();
    expect(sent).toEqual(['a', 'b', 'flush']);
    await nextTurn();
    expect(sent).toEqual(['a', 'b', 'flush', 'c', 'flush']);
  });
});

describe('bundling', () => {
  it('does not wait for the end of the turn with as many as are enough', async () => {
    const sent: number[] = [];
    const to: BundleRoute = {
      subject: 'x',
      receivers: () => 1,
      replySubject: (bundle) => `m-${bundle}`,
      enough: () => 2,
    };
    const outbox = createOutbox({
      ...quiet,
      send: ({ reply, body }) => {
        let calls = 0;
        if (reply === undefined) calls = 1;
        else readBundle(body, () => calls++);
        sent.push(calls);
      },
    });
    for (let number = 1; number <= 5; number++)
      outbox.push({ ...message('alone'), bundling: { route: to, number } });
    expect(sent).toEqual([2, 2]);
    await nextTurn();
    expect(sent).toEqual([2, 2, 1]);
  });

  const route = (subject: string, receivers = 1): BundleRoute => ({
    subject,
    receivers: () => receivers,
    replySubject: (bundle) => `inbox.m-${bundle}`,
  });
  const call = (number: number, to: BundleRoute, bytes = 1): OutgoingMessage => ({
    ...message(`${to.subject}/alone`, bytes),
    bundling: { route: to, number },
  });
  const sentBy = (messages: OutgoingMessage[], maxBytes = 1024 * 1024): string[] => {
    const sent: string[] = [];
    const outbox = createOutbox({
      ...quiet,
      maxBytes: () => maxBytes,
      send({ subject, body, reply }) {
        const numbers: number[] = [];
        if (!subject.includes('/')) readBundle(body, (number) => numbers.push(number));
        sent.push(reply === undefined ? subject : `${subject} [${numbers}] ${reply}`);
      },
    });
    for (const each of messages) outbox.push(each);
    outbox.flush();
    return sent;
  };
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it('puts what goes the same way into one message, and a single one alone', () => {
    const [a, b] = [route('a'), route('b')];
    expect(sentBy([call(1, a), call(2, b), call(3, a)])).toEqual(['a [1,3] inbox.m-1', 'b/alone']);
  });

  it('lets nothing overtake a bundle', () => {
    const a = route('a');
    expect(sentBy([call(1, a), message('cancel/1'), call(2, a)])).toEqual(['a [1,2] inbox.m-1', 'cancel/1']);
  });

  it('makes two bundles for each receiver, so that they share the work', () => {
    expect(sentBy(numbers(8).map((number) => call(number, route('a', 2))))).toEqual([
      'a [0,1] inbox.m-1',
      'a [2,3] inbox.m-2',
      'a [4,5] inbox.m-3',
      'a [6,7] inbox.m-4',
    ]);
    expect(sentBy(numbers(3).map((number) => call(number, route('a', 2))))).toEqual([
      'a/alone',
      'a/alone',
      'a/alone',
    ]);
  });

  it('keeps to what the broker takes', () => {
    const bundled = sentBy(
      numbers(4).map((number) => call(number, route('a'), 88)),
      250,
    );
    expect(bundled).toEqual(['a [0,1] inbox.m-1', 'a [2,3] inbox.m-2']);
  });

  it('lets large messages travel alone', () => {
    const a = route('a');
    expect(sentBy([call(1, a), call(2, a, 5_000), call(3, a)])).toEqual(['a [1,3] inbox.m-1', 'a/alone']);
  });

  it('tells each message the bundle it left in', () => {
    const told: string[] = [];
    const a = route('a');
    const heard = (number: number): OutgoingMessage => ({
      ...message('a/alone'),
      bundling: {
        route: a,
        number,
        passenger: { onBundled: (bundle) => told.push(`${number} in ${bundle}`) },
      },
    });
    sentBy([heard(7), heard(8)]);
    expect(told).toEqual(['7 in 1', '8 in 1']);
  });
});

describe('an outbox that cannot send', () => {
  it('says so, and goes on in the next turn', () => {
    const errors: unknown[] = [];
    const sent: string[] = [];
    const outbox = createOutbox({
      ...quiet,
      flush: () => sent.push('flush'),
      onError: (error) => errors.push(error),
      send({ subject }) {
        if (subject === 'bad') throw new RangeError('no');
        sent.push(subject);
      },
    });
    outbox.push(message('bad'));
    outbox.flush();
    outbox.push(message('good'));
    outbox.flush();
    expect(errors).toEqual([new RangeError('no')]);
    expect(sent).toEqual(['flush', 'good', 'flush']);
  });
});
