import { randomUUID } from 'node:crypto';
import { create, type DescMessage, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import type { ConnectError } from '@connectrpc/connect';
import { messageCodec } from '../../codec/message-codec.ts';
import { fault } from '../../errors/fault.ts';
import { sendShape } from '../../tracing/send-shape.ts';
import type { SpanShape, TraceParent } from '../../tracing/tracing.ts';
import { type MessageCheck, messageCheck } from '../../validation/message-check.ts';
import { type EventContract, eventContract } from '../contract/event-contract.ts';
import { eventSubject, maxKeyBytes } from '../contract/event-subject.ts';
import { constantLines, encodeEventHead } from '../envelope/event-head.ts';

/** What a publisher may say about one event. */
export interface EventDetails {
  /**
   * Identifies the event, for the broker's deduplication and for consumers. Default: a random UUID. Give one that
   * follows from what happened (the order's id and the step), so that a repetition after a crash is recognized.
   */
  readonly id?: string | undefined;
  /** When it happened. Default: now. */
  readonly time?: Date | undefined;
  /** Further CloudEvents attributes, in lower-case letters and digits. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** For whom an event is published: what a gateway says, which publishes for others. */
export interface EventOrigin {
  /** Who publishes, as CloudEvents' `source`: a URI reference. Default: this process. */
  readonly source?: string | undefined;
  /** What the broker recognizes a repetition by. Default: the id. */
  readonly messageId?: string | undefined;
  /** W3C trace context. Default: that of the handler in which it is published. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** An event as bytes. */
export interface PreparedEvent {
  readonly id: string;
  readonly key: string | undefined;
  readonly subject: string;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Makes events of one type ready to be sent. */
export interface EventPreparer<S extends DescMessage> {
  readonly contract: EventContract;
  /** Of the span of sending one. */
  readonly shape: SpanShape;
  /** @throws ConnectError INVALID_MESSAGE for a broken rule or a missing key, INVALID_ARGUMENT for details that cannot travel. */
  prepare(
    init: MessageInitShape<S>,
    details: EventDetails & EventOrigin,
    trace: TraceParent | undefined,
  ): PreparedEvent;
}

/**
 * @param ownSource Who publishes, as CloudEvents' `source`: a URI reference such as `/orders`.
 * @throws TypeError when the message is no event, or its options cannot be used.
 */
export function createEventPreparer<S extends DescMessage>(schema: S, ownSource: string): EventPreparer<S> {
  const contract = eventContract(schema);
  const check: MessageCheck | undefined = messageCheck(schema);
  const codec = messageCodec(schema);
  const constant = constantLines(contract.type, ownSource);
  const { base, readKey, stream } = contract;
  return {
    contract,
    shape: sendShape(contract.base),
    prepare(init, { id = randomUUID(), time, attributes, source, messageId }, trace) {
      const message: Message = create(schema, init);
      const broken = check?.(message);
      if (broken !== undefined) throw broken;
      const key = readKey === undefined ? undefined : (readKey(message) ?? refuseKey(contract, 'is missing'));
      // A key of plain characters is as long as its token.
      const subject = eventSubject(base, stream.partitions, key);
      if (subject.length - base.length > maxKeyBytes)
        refuseKey(contract, `takes more than ${maxKeyBytes} bytes`);
      const head = encodeEventHead(source === undefined ? constant : constantLines(contract.type, source), {
        id,
        timeMs: time === undefined ? Date.now() : time.getTime(),
        key,
        messageId,
        traceparent: trace?.traceparent,
        tracestate: trace?.tracestate,
        attributes,
      });
      return { id, key, subject, head, body: codec.encode(message) };
    },
  };
}

function refuseKey({ type }: EventContract, problem: string): never {
  const error: ConnectError = fault('INVALID_MESSAGE', {
    message: `the key of ${type} ${problem}; its contract says which field it is`,
    fate: 'never-started',
    facts: { type },
  });
  error.details.push({
    desc: BadRequestSchema,
    value: { fieldViolations: [{ field: '', description: `the key ${problem}`, reason: 'event.key' }] },
  });
  throw error;
}
