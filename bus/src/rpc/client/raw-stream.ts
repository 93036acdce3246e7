import type { ConnectError } from '@connectrpc/connect';
import { encodeIdentity, type Identity } from '../../policy/identity.ts';
import type { TraceParent } from '../../tracing/tracing.ts';
import { readReplyMetadata } from '../../wire/reply.ts';
import type { SubjectSpace } from '../../wire/subject.ts';
import type { CancelSignal } from '../cancel-signal.ts';
import { defaultMaxMessageBytes, defaultWindowBytes } from '../stream/limits.ts';
import type { Caller } from './caller.ts';
import { StreamExchange } from './stream-exchange.ts';

/** A call of any kind as bytes: for those who pass messages on without knowing them, as the edge does. */
export interface RawStreamCall {
  /** Full service name, such as `orders.v1.OrderService`. */
  readonly service: string;
  /** Method name as in the contract, such as `WatchOrder`. */
  readonly method: string;
  /** The only request message, where the method takes one: it travels with the opening, and nothing can follow it. */
  readonly request?: Uint8Array | undefined;
  /**
   * Whether some versions of the service lack the method: while no worker of the others runs, the call fails with
   * NO_RESPONDERS, not with NOT_IMPLEMENTED. Default false.
   */
  readonly partial?: boolean | undefined;
  /** Names in any case, values as text; `-bin` names carry base64. */
  readonly metadata?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Whom the call is made for. Default: whom the handler's call was made for that it is made in. */
  readonly identity?: Identity | undefined;
  /** What the call is part of. Default: the trace of the handler it is made in. */
  readonly trace?: TraceParent | undefined;
  /** Deadline of the whole stream in milliseconds. Default: none; it lasts as long as both sides show signs of life. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, at the worker too. */
  readonly signal?: CancelSignal | undefined;
  /** Bytes of messages the worker may have sent that were not released. Default 1 MiB. */
  readonly windowBytes?: number | undefined;
  /** Largest message taken, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

/**
 * Hears a stream. `onEnd` or `onError` comes last, exactly one of them, once. It may come before `openStream` returns,
 * as with a signal that is aborted already.
 */
export interface RawStreamListener {
  /** The response header: before the first message, at the latest with the end. Not told when the call fails first. */
  onHeader(header: Headers): void;
  /** A serialized message. The worker may send as many bytes more once `release` is called, which must happen once. */
  onMessage(message: Uint8Array, release: () => void): void;
  /** After a `write` that answered false: there is room again. */
  onWritable(): void;
  onEnd(trailer: Headers): void;
  /** The worker's own error, its metadata the trailer; or one of the bus. */
  onError(error: ConnectError): void;
}

/** The caller's side of a stream under way. After its end, all of these do nothing. */
export interface RawStream {
  /** Sends a serialized message. False asks to wait for `onWritable`; the message is taken all the same. */
  write(message: Uint8Array): boolean;
  /** No more messages from the caller. */
  end(): void;
  /** Gives up: the worker is told, the listener hears `onError`. */
  cancel(reason: ConnectError): void;
}

/** Opens a stream of bytes. */
export function openRawStream(
  { caller, subjects }: { caller: Caller; subjects: SubjectSpace },
  call: RawStreamCall,
  listener: RawStreamListener,
): RawStream {
  const { request, identity, ...parts } = call;
  const exchange = new StreamExchange(
    caller,
    {
      ...parts,
      identity: identity && encodeIdentity(identity),
      subject: subjects.method(call.service, call.method),
      windowBytes: call.windowBytes ?? defaultWindowBytes,
      maxMessageBytes: call.maxMessageBytes ?? defaultMaxMessageBytes,
    },
    {
      onHead: (head) => listener.onHeader(readReplyMetadata(head).header),
      onMessage: (message, release) => listener.onMessage(message, release),
      onWritable: () => listener.onWritable(),
      onEnd: (head) => listener.onEnd(readReplyMetadata(head).trailer),
      onError: (error) => listener.onError(error),
    },
  );
  if (request !== undefined) {
    exchange.write(request);
    exchange.end();
  }
  exchange.begin();
  return {
    write: (message) => exchange.write(message),
    end: () => exchange.end(),
    cancel: (reason) => exchange.cancel(reason),
  };
}
