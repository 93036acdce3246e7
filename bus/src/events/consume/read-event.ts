import { fromJsonString, type Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Msg } from '@nats-io/nats-core';
import { messageCodec } from '../../codec/message-codec.ts';
import { headerBlock } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { type MessageCheck, messageCheck } from '../../validation/message-check.ts';
import type { EventContract } from '../contract/event-contract.ts';
import { type ReceivedHead, readEventHead } from '../envelope/event-head.ts';

/** An event as its handler gets it. */
export interface ReadEvent {
  readonly head: ReceivedHead;
  readonly event: Message;
}

/** Reads events of one type. */
export type EventReader = (message: Msg) => ReadEvent;

/**
 * Makes the reader of an event: head, bytes, and the rules of its contract, since anybody may have published it.
 *
 * The reader throws ConnectError MALFORMED_REQUEST or INVALID_MESSAGE for what cannot be read.
 */
export function createEventReader({ schema, type }: EventContract): EventReader {
  const check: MessageCheck | undefined = messageCheck(schema);
  const codec = messageCodec(schema);
  const malformed = (cause: unknown) =>
    fault('MALFORMED_REQUEST', {
      message: `the event is not a ${type}: ${cause instanceof ConnectError ? cause.rawMessage : (cause as Error).message}`,
      facts: { type },
      cause,
    });
  return (message) => {
    let head: ReceivedHead;
    let event: Message;
    try {
      head = readEventHead(headerBlock(message));
      if (head.type !== undefined && head.type !== type) {
        throw new ConnectError(`its ce-type is ${head.type}`, Code.InvalidArgument);
      }
      event =
        head.format === 'json'
          ? fromJsonString(schema, Buffer.from(message.data).toString('utf8'))
          : codec.decode(message.data);
    } catch (error) {
      throw malformed(error);
    }
    const broken = check?.(event);
    if (broken !== undefined) throw broken;
    return { head, event };
  };
}
