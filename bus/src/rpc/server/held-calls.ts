import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { directPrefix, lastToken, receiptSuffix } from '../../wire/subject.ts';
import type { DirectCalls } from './direct-calls.ts';
import type { StreamTable } from './stream-table.ts';

/** A call this process holds, running or waiting. */
export interface HeldCall {
  readonly receivedAtMs: number;
  /** The caller gave up. */
  onCancel(): void;
}

/**
 * The calls this process holds, by reply subject: what callers may cancel or ask after. One per connection,
 * shared by all services served on it.
 */
export interface HeldCalls {
  add(replySubject: string, call: HeldCall): void;
  has(replySubject: string): boolean;
  /** Sends the receipt of a call now, so that its caller knows this instance from its first call on. */
  introduce(replySubject: string): void;
  delete(replySubject: string): void;
  /** Answers the notices sent to every instance of a service; `leaving`, when this one takes no new calls of it. */
  onBroadcast(message: Msg, leaving: boolean): void;
  close(): void;
}

/** Age at which a call gets its receipt, in milliseconds. Faster calls, nearly all, cost no second message. */
const receiptAfterMs = 50;

interface Entry {
  readonly call: HeldCall;
  receiptSent: boolean;
}

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() };

export function createHeldCalls(
  connection: Connection,
  streams: StreamTable,
  direct: DirectCalls,
): HeldCalls {
  // In the order of their age, as calls enter it.
  const held = new Map<string, Entry>();
  const instance = text.encoder.encode(connection.instance);
  const ownSubjects = connection.subjects.instances(connection.instance).length - 1;

  const sendReceipt = (replySubject: string, entry: Entry): void => {
    entry.receiptSent = true;
    connection.publish(replySubject + receiptSuffix, instance);
  };
  const cancel = (message: Msg): void => {
    for (const replySubject of lines(message.data)) held.get(replySubject)?.call.onCancel();
  };
  const who = (message: Msg, leaving: boolean): void => {
    // Asked about no call, the question is who takes new ones.
    if (leaving && message.data.length === 0) return;
    const mine = lines(message.data).filter((replySubject) => held.has(replySubject));
    connection.publish(
      message.reply as string,
      text.encoder.encode([connection.instance, ...mine].join('\n')),
    );
  };

  const instanceSubscription = connection.subscribe(
    connection.subjects.instances(connection.instance),
    (message) => {
      // A `probe` needs no answer: that the broker did not answer for us is the answer.
      if (streams.deliver(message)) return;
      const rest = message.subject.slice(ownSubjects);
      if (rest.startsWith(directPrefix)) direct.deliver(rest.slice(directPrefix.length), message);
      else if (rest === 'cancel') cancel(message);
    },
  );
  const stopTicking = connection.ticker.add((nowMs) => {
    if (connection.state === 'disconnected') return held.size > 0;
    for (const [replySubject, entry] of held) {
      if (nowMs - entry.call.receivedAtMs < receiptAfterMs) break;
      if (entry.receiptSent) continue;
      sendReceipt(replySubject, entry);
    }
    return held.size > 0;
  });

  return {
    add(replySubject, call) {
      held.set(replySubject, { call, receiptSent: false });
      connection.ticker.wake();
    },
    has: (replySubject) => held.has(replySubject),
    introduce(replySubject) {
      const entry = held.get(replySubject);
      if (entry !== undefined) sendReceipt(replySubject, entry);
    },
    delete(replySubject) {
      held.delete(replySubject);
    },
    onBroadcast(message, leaving) {
      const verb = lastToken(message.subject);
      if (verb === 'cancel') cancel(message);
      else if (verb === 'who' && message.reply !== undefined && message.reply !== '') who(message, leaving);
    },
    close() {
      stopTicking();
      instanceSubscription.unsubscribe();
    },
  };
}

function lines(body: Uint8Array): string[] {
  return body.length === 0 ? [] : text.decoder.decode(body).split('\n');
}
