import type { UnaryReply } from '@busline/bus';
import type { ConnectError } from '@connectrpc/connect';
import type { EdgeResponse, Exchange, WholeResponse } from '../exchange.ts';
import type { MethodRecord } from '../method-record.ts';
import type { MessageFlow, MessageReceiver } from './envelope/message-reader.ts';

/** Name and value of a metadata field, the name in lower case. */
export type MetadataField = readonly [name: string, value: string];

/** A call as every protocol gives it to the bus, without its messages. */
export interface ProtocolCall {
  readonly metadata: readonly MetadataField[];
  /** The deadline the caller asked for, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

export type ProtocolName = 'REST' | 'Connect' | 'Connect stream' | 'gRPC' | 'gRPC-Web';

/** What a path led to. */
export interface CallTarget {
  readonly record: MethodRecord;
}

/**
 * How calls look in HTTP: one translation each way between HTTP and the neutral model. Messages are in the binary
 * format on the side of the bus.
 *
 * @typeParam Target what the path led to
 * @typeParam Call the protocol's call, with what its answer depends on
 */
export interface Protocol<Target extends CallTarget, Call extends ProtocolCall> {
  readonly name: ProtocolName;
  /**
   * Reads everything but the body.
   *
   * @throws HttpFault and ConnectError for a request that is none of this protocol, or not for this kind of method
   */
  openCall(exchange: Exchange, target: Target): Call;
  /** The request of a method that takes one message. */
  readMessage(exchange: Exchange, call: Call): Promise<Uint8Array>;
  /** The requests of a method that takes many; absent where the protocol cannot express them. */
  readMessages?(exchange: Exchange, call: Call, receiver: MessageReceiver): MessageFlow;
  /** The answer to a unary call. */
  writeReply(exchange: Exchange, call: Call, reply: UnaryReply): EdgeResponse | Promise<EdgeResponse>;
  /** Whether a stored call may be answered with its operation in place of a response. Default false. */
  readonly answersOperations?: boolean;
  /** The answer of a method that gives many messages; a whole one where the caller is not to be given any. */
  writeReplies(exchange: Exchange, call: Call): ReplyFraming | WholeResponse;
  /** @param target undefined when the path led nowhere */
  writeError(exchange: Exchange, error: unknown, target: Target | undefined): EdgeResponse;
}

/** Pieces of a body, in order. */
export type Pieces = readonly (Uint8Array | string)[];

/** How a stream of replies looks in the body of an answer. */
export interface ReplyFraming {
  /** What stands before the first message, and is sent at once. */
  readonly opening?: string | undefined;
  /** Fields of the answer's header, its content type among them. */
  headers(header: Headers): Record<string, string>;
  /**
   * A message in the body. A promise keeps those behind it waiting.
   *
   * @throws Error when the bytes are not a message of the method's output type
   */
  message(message: Uint8Array): Pieces | Promise<Pieces>;
  /** What ends the body. */
  end(trailer: Headers, error: ConnectError | undefined): ReplyEnd;
  /** What is sent now and then while there is nothing else, so that nobody on the way takes the stream for dead. */
  readonly heartbeat?: { readonly piece: string; readonly everyMs: number } | undefined;
}

export interface ReplyEnd {
  readonly pieces: Pieces;
  readonly trailers?: Record<string, string> | undefined;
  /** Whether the body has no other way to say that something is missing than to break off. */
  readonly abort?: boolean | undefined;
}
