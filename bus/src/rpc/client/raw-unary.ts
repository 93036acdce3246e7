import type { Identity } from '../../policy/identity.ts';
import type { TraceParent } from '../../tracing/tracing.ts';
import type { CancelSignal } from '../cancel-signal.ts';
import { ReplyMetadata } from './reply-metadata.ts';

/** A unary call as bytes: for those who pass messages on without knowing them, as the edge does. */
export interface UnaryCall {
  /** Full service name, such as `orders.v1.OrderService`. */
  readonly service: string;
  /** Method name as in the contract, such as `PlaceOrder`. */
  readonly method: string;
  /** The serialized request message. */
  readonly body: Uint8Array;
  /** Whether the contract allows the call to run twice (`idempotency_level`); only then is it sent again after it may have run. */
  readonly idempotent: boolean;
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
  /** Deadline in milliseconds. Default: that of the bus. Never longer than what is left to the handler it is made in. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the call, at the worker too. */
  readonly signal?: CancelSignal | undefined;
  /** Largest message sent or taken, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

export interface UnaryReply {
  /** The serialized response message. */
  readonly body: Uint8Array;
  /** Whether `header` or `trailer` hold anything: most replies have none, and a `Headers` object costs more than to ask. */
  readonly hasMetadata: boolean;
  /** Metadata, parsed when first asked for. */
  readonly header: Headers;
  readonly trailer: Headers;
}

/** A reply as bytes. */
export class RawReply extends ReplyMetadata implements UnaryReply {
  readonly body: Uint8Array;

  constructor(body: Uint8Array, head: Uint8Array | undefined) {
    super(head);
    this.body = body;
  }
}
