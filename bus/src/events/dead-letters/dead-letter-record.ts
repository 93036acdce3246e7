import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type DeadLetterRecord,
  DeadLetterRecordSchema,
} from '@busline/schemas/busline/deadletters/v1/deadletters';
import { ConnectError } from '@connectrpc/connect';
import { headerFields } from '../../wire/header-block.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import { type ReceivedHead, readEventHead } from '../envelope/event-head.ts';
import type { FailedEvent } from './dead-letter-sink.ts';
import { redact, redactStack } from './redact-stack.ts';

/** Who gave up, and when. */
export interface GivenUp {
  readonly worker: string;
  readonly instance: string;
  readonly atMs: number;
}

/** Identifies a dead letter: one event of one consumer is one dead letter, however often it is stored. */
export function deadLetterId(stream: string, consumer: string, sequence: number): string {
  return `${stream}.${consumer}.${sequence}`;
}

/** What is kept of a failed event. */
export function deadLetterRecord(failed: FailedEvent, { worker, instance, atMs }: GivenUp): DeadLetterRecord {
  const { consumer, type, subject, delivery, head, body, reason, error } = failed;
  const { stream, sequence, count, durable, storedAtMs } = delivery;
  const received = readLeniently(head);
  return create(DeadLetterRecordSchema, {
    letter: {
      deadLetterId: deadLetterId(stream, consumer, sequence),
      consumer,
      stream,
      sequence: BigInt(sequence),
      eventType: type,
      eventId: received?.id ?? '',
      key: readEventSubject(subject)?.key ?? '',
      reason,
      ...describeError(error),
      attempts: BigInt(count),
      eventTime: timestampFromMs(received?.time?.getTime() ?? storedAtMs),
      failureTime: timestampFromMs(atMs),
      worker,
      instance,
      traceparent: received?.traceparent ?? '',
      headers: head === undefined ? {} : Object.fromEntries(headerFields(head)),
    },
    subject,
    head: head ?? new Uint8Array(0),
    body,
    durable,
  });
}

export function encodeRecord(record: DeadLetterRecord): Uint8Array {
  return toBinary(DeadLetterRecordSchema, record);
}

function describeError(error: unknown): { code: number; message: string; stack: string } {
  if (error === undefined) {
    return {
      code: 0,
      message: 'it was delivered again and again, and nobody ever reported an error',
      stack: '',
    };
  }
  const connectError = ConnectError.from(error);
  const message =
    error instanceof ConnectError
      ? error.rawMessage
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error);
  return {
    // An unknown throw is INTERNAL everywhere on the bus.
    code: error instanceof ConnectError ? connectError.code : 13,
    message: redact(message),
    stack: error instanceof Error && error.stack !== undefined ? redactStack(error.stack) : '',
  };
}

/** The head of an event whose head may be what is wrong with it. */
function readLeniently(head: Uint8Array | undefined): ReceivedHead | undefined {
  try {
    return readEventHead(head);
  } catch {
    return undefined;
  }
}
