import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { headerBlock, replySubjectOf, trailingNumber } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { headerStatus } from '../../wire/header-block.ts';
import { encodeErrorReply } from '../../wire/reply.ts';
import type { StreamHub } from '../stream/stream-hub.ts';

/** A stream at this instance. */
export interface ServedStream {
  onPacket(packet: Uint8Array): void;
  /** The caller is gone, or cannot be reached any more. */
  onCallerGone(): void;
}

/** The streams this process serves, by number: one per connection, shared by all services on it. */
export interface StreamTable {
  readonly hub: StreamHub;
  /** Enters a stream. Returns its number, and the subject on which it takes packets. */
  open(stream: ServedStream): { number: number; subject: string };
  close(number: number): void;
  /** A message on the instance's own subjects; false when it is for no stream. */
  deliver(message: Msg): boolean;
}

const nothing = new Uint8Array(0);

export function createStreamTable(connection: Connection, hub: StreamHub): StreamTable {
  const streams = new Map<number, ServedStream>();
  let opened = 0;

  const sayGone = (replySubject: string): void => {
    const error = fault('STREAM_BROKEN', {
      message: 'the worker no longer knows the stream: its end was lost',
    });
    const { head, body } = encodeErrorReply(error, 'may-have-run');
    connection.publish(replySubject, body, head);
  };

  // Packets that were on their way are lost, and the callers have been told.
  connection.onStateChange((state) => {
    if (state !== 'disconnected') return;
    for (const stream of [...streams.values()]) stream.onCallerGone();
  });

  return {
    hub,
    open(stream) {
      const number = ++opened;
      streams.set(number, stream);
      return { number, subject: connection.subjects.stream(connection.instance, number) };
    },
    close(number) {
      streams.delete(number);
    },
    deliver(message) {
      const number = trailingNumber(message);
      if (number < 0) return false;
      const stream = streams.get(number);
      if (headerStatus(headerBlock(message) ?? nothing) === 503) stream?.onCallerGone();
      else if (stream !== undefined) stream.onPacket(message.data);
      else if (replySubjectOf(message) !== '') sayGone(replySubjectOf(message));
      return true;
    },
  };
}
