import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import {
  type CallOptions,
  type ContextValues,
  createContextValues,
  type Interceptor,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import { messageCodec } from '../../codec/message-codec.ts';
import { fault } from '../../errors/fault.ts';
import type { HeaderField } from '../../wire/header-block.ts';
import { isSubjectToken, type SubjectSpace } from '../../wire/subject.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Caller } from './caller.ts';
import { ReplyMetadata } from './reply-metadata.ts';
import { streamOpener } from './stream-opener.ts';
import type { OutgoingCall } from './unary-exchange.ts';

export interface TransportOptions {
  /** Id of the one instance that all calls go to. Default: whichever the broker picks of those that serve the method. */
  readonly instance?: string;
  /** Connect interceptors around every call; the last one is the innermost. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Deadline of a unary call that names none, in milliseconds. Default: that of the bus. Streams without one last as
   * long as both sides show signs of life.
   */
  readonly timeoutMs?: number;
  /** Bytes of messages a worker may have sent on one stream that nobody has taken. Default 1 MiB. */
  readonly windowBytes?: number;
  /** Largest message taken, in bytes, and largest unary request sent. Default 16 MiB. */
  readonly maxMessageBytes?: number;
}

/** Connect's `Transport` over the bus: `createClient(Service, transport)` gives the typed client. */
export function createTransport(
  caller: Caller,
  subjects: SubjectSpace,
  options: TransportOptions = {},
): Transport {
  const interceptors = options.interceptors ?? [];

  const subjectOf = methodSubjects(subjects, options.instance);

  const send = (method: DescMethodUnary, parts: CallParts): Promise<BusResponse> =>
    new Promise((resolve, reject) => {
      const call: OutgoingCall = {
        service: method.parent.typeName,
        method: method.name,
        subject: subjectOf(method),
        target: options.instance,
        body: messageCodec(method.input).encode(parts.message),
        idempotent: isIdempotent(method),
        signal: parts.signal,
        timeoutMs: parts.timeoutMs ?? options.timeoutMs,
        metadata: parts.metadata,
        maxMessageBytes: options.maxMessageBytes,
      };
      caller.unary(call, {
        onError: reject,
        onReply(body, head) {
          try {
            resolve(new BusResponse(method, decodeReply(method, body), head));
          } catch (error) {
            reject(error);
          }
        },
      });
    });

  const openStream = streamOpener(caller, subjectOf, options);

  const sendThroughInterceptors = async (
    method: DescMethodUnary,
    parts: InterceptedParts,
  ): Promise<UnaryResponse> => {
    const innermost = (request: UnaryRequest): Promise<UnaryResponse> =>
      send(method, {
        signal: request.signal,
        timeoutMs: parts.timeoutMs,
        metadata: request.header,
        message: request.message,
      });
    const run = composeInterceptors((request) => innermost(request as UnaryRequest), interceptors);
    const response = await run({
      stream: false,
      service: method.parent,
      method,
      requestMethod: 'POST',
      url: `nats:///${method.parent.typeName}/${method.name}`,
      signal: parts.signal ?? new AbortController().signal,
      header: parts.metadata,
      contextValues: parts.contextValues ?? createContextValues(),
      message: parts.message,
    });
    return response as UnaryResponse;
  };

  return {
    // Not an async function: one promise from here to the reply is enough. What it throws, the client's own async
    // function turns into a rejection.
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const message = ('$typeName' in input ? input : create(method.input, input)) as Message;
      const response =
        interceptors.length === 0
          ? send(method, { signal, timeoutMs, metadata: metadataOf(header), message })
          : sendThroughInterceptors(method, {
              signal,
              timeoutMs,
              metadata: new Headers(header),
              message,
              contextValues,
            });
      // The reply was decoded by this very method's descriptor.
      return response as Promise<never>;
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      const parts = {
        signal,
        timeoutMs,
        metadata: header === undefined ? undefined : new Headers(header),
        contextValues,
      };
      return openStream(
        method,
        parts,
        input as AsyncIterable<MessageInitShape<DescMessage>>,
      ) as Promise<never>;
    },
  };
}

interface CallParts {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly metadata: Iterable<HeaderField> | undefined;
  readonly message: Message;
}

interface InterceptedParts extends CallParts {
  readonly metadata: Headers;
  readonly contextValues: ContextValues | undefined;
}

/** Headers as they were given: a `Headers` would be made only to be read again. */
function metadataOf(header: CallOptions['headers']): Iterable<HeaderField> | undefined {
  if (header === undefined || header instanceof Headers) return header;
  return (Array.isArray(header) ? header : Object.entries(header)) as Iterable<HeaderField>;
}

/** Subject of a method, joined once. */
export function methodSubjects(
  subjects: SubjectSpace,
  instance: string | undefined,
): (method: DescMethod) => string {
  if (instance !== undefined && !isSubjectToken(instance))
    throw new TypeError(`instance "${instance}" is no id of an instance`);
  const known = new WeakMap<DescMethod, string>();
  return (method) => {
    let subject = known.get(method);
    if (subject === undefined) {
      const { typeName } = method.parent;
      subject =
        instance === undefined
          ? subjects.method(typeName, method.name)
          : subjects.direct(instance, typeName, method.name);
      known.set(method, subject);
    }
    return subject;
  };
}

/** A reply as Connect's client takes it. */
class BusResponse extends ReplyMetadata implements UnaryResponse {
  readonly stream = false;
  readonly method: DescMethodUnary;
  readonly message: Message;

  constructor(method: DescMethodUnary, message: Message, head: Uint8Array | undefined) {
    super(head);
    this.method = method;
    this.message = message;
  }

  get service(): DescMethodUnary['parent'] {
    return this.method.parent;
  }
}

/** Whether the contract lets a call run twice (`idempotency_level`). */
export function isIdempotent(method: DescMethodUnary): boolean {
  return method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
}

function decodeReply(method: DescMethodUnary, body: Uint8Array): Message {
  try {
    return messageCodec(method.output).decode(body);
  } catch (error) {
    throw fault('MALFORMED_REPLY', {
      message: `${method.parent.typeName}/${method.name}: the reply is not a ${method.output.typeName}`,
      fate: 'may-have-run',
      cause: error,
    });
  }
}
