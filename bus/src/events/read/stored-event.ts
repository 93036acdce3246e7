import { type DescMessage, fromJsonString, type Message, type MessageShape } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import { messageCodec } from '../../codec/message-codec.ts';
import { fault } from '../../errors/fault.ts';
import type { ContractLookup } from '../contract/contract-cache.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import { type ReceivedHead, readEventHead } from '../envelope/event-head.ts';
import type { StoredMessage } from './direct-reader.ts';

/** An event as its stream holds it. */
export interface StoredEvent<S extends DescMessage = DescMessage> {
  readonly kind: 'event';
  readonly stream: string;
  /** Place in the stream. */
  readonly sequence: number;
  readonly storedAt: Date;
  readonly subject: string;
  /** CloudEvents id; `<stream>:<sequence>` for an event whose publisher gave none. */
  readonly id: string;
  /** Full name of the message; undefined when neither the reader, nor the event, nor its subject says it. */
  readonly type: string | undefined;
  /** Undefined for an event without a key. */
  readonly key: string | undefined;
  readonly head: ReceivedHead;
  /** The bytes as they were published. */
  readonly body: Uint8Array;
  /** The contract, as it was announced last; undefined when it is not known. */
  readonly schema: S | undefined;
  /** Undefined when the contract is not known, or the event cannot be read; then `problem` says why. */
  readonly message: MessageShape<S> | undefined;
  readonly problem: ConnectError | undefined;
}

/** Places of a stream that could not be read, and may have held events. */
export interface EventGap {
  readonly kind: 'gap';
  readonly stream: string;
  /** First and last place of the gap. */
  readonly from: number;
  readonly to: number;
  /**
   * `removed`: deleted by age, by a limit, or by hand, before they were read. `began-anew`: the stream was made again and
   * counts from its beginning, so its places up to `to` are not those that were read before; reading goes on with all it
   * has.
   */
  readonly why: 'removed' | 'began-anew';
}

const noHead: ReceivedHead = readEventHead(undefined);

/** Reads what a stream holds at one place. It never throws for what was published: that is in `problem`. */
export async function readStoredEvent(
  stored: StoredMessage,
  { stream, lookup }: { readonly stream: string; readonly lookup: ContractLookup },
): Promise<StoredEvent> {
  const { sequence, subject, storedAt, body } = stored;
  const place = readEventSubject(subject);
  let head = noHead;
  let problem: ConnectError | undefined;
  try {
    head = readEventHead(stored.head);
  } catch (error) {
    problem = malformed(undefined, error);
  }
  // An event without headers is named by its subject, unless its contract has another subject.
  const type = head.type ?? place?.base.replace(/^evt\./, '');
  const schema = type === undefined ? undefined : await lookup(type);
  let message: Message | undefined;
  if (schema !== undefined && problem === undefined) {
    try {
      message = decode(schema, head.format, body);
    } catch (error) {
      problem = malformed(type, error);
    }
  }
  return {
    kind: 'event',
    stream,
    sequence,
    storedAt,
    subject,
    id: head.id ?? `${stream}:${sequence}`,
    type: schema?.typeName ?? head.type,
    key: place?.key,
    head,
    body,
    schema,
    message,
    problem,
  };
}

function decode(schema: DescMessage, format: ReceivedHead['format'], body: Uint8Array): Message {
  return format === 'json'
    ? fromJsonString(schema, Buffer.from(body).toString('utf8'))
    : messageCodec(schema).decode(body);
}

function malformed(type: string | undefined, cause: unknown): ConnectError {
  const why = cause instanceof ConnectError ? cause.rawMessage : (cause as Error).message;
  return fault('MALFORMED_REQUEST', {
    message: type === undefined ? `the event cannot be read: ${why}` : `the event is not a ${type}: ${why}`,
    facts: type === undefined ? {} : { type },
    cause,
  });
}
