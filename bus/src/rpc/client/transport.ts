import { create, type DescMethodUnary, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import {
  Code,
  ConnectError,
  createContextValues,
  type Interceptor,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import { fault } from '../../errors/fault.ts';
import { readReplyMetadata } from '../../wire/reply.ts';
import type { SubjectSpace } from '../../wire/subject.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Caller } from './caller.ts';
import type { OutgoingCall } from './unary-exchange.ts';

export interface TransportOptions {
  /** Connect interceptors around every call; the last one is the innermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Deadline of a call that names none, in milliseconds. Default: that of the bus. */
  readonly timeoutMs?: number;
}

/** Connect's `Transport` over the bus: `createClient(Service, transport)` gives the typed client. */
export function createTransport(
  caller: Caller,
  subjects: SubjectSpace,
  options: TransportOptions = {},
): Transport {
  const interceptors = options.interceptors ?? [];
  const intercepted = interceptors.length > 0;

  const send = <T>(
    call: OutgoingCall,
    finish: (body: Uint8Array, head: Uint8Array | undefined) => T,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      caller.unary(call, {
        onError: reject,
        onReply(body, head) {
          try {
            resolve(finish(body, head));
          } catch (error) {
            reject(error);
          }
        },
      });
    });

  const unary = async (
    method: DescMethodUnary,
    parts: Pick<OutgoingCall, 'signal' | 'timeoutMs' | 'metadata'> & { readonly message: Message },
  ): Promise<BusResponse> =>
    send(
      {
        service: method.parent.typeName,
        method: method.name,
        subject: subjects.method(method.parent.typeName, method.name),
        body: toBinary(method.input, parts.message),
        idempotent: isIdempotent(method),
        signal: parts.signal,
        timeoutMs: parts.timeoutMs ?? options.timeoutMs,
        metadata: parts.metadata,
      },
      (body, head) => new BusResponse(method, decodeReply(method, body), head),
    );

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      checkTimeout(timeoutMs);
      const message = (isMessage(input) ? input : create(method.input, input)) as Message;
      if (!intercepted) {
        const metadata = header === undefined ? undefined : new Headers(header);
        return (await unary(method, { signal, timeoutMs, metadata, message })) as never;
      }
      const innermost = async (request: UnaryRequest): Promise<UnaryResponse> =>
        unary(method, {
          signal: request.signal,
          timeoutMs,
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
        signal: signal ?? new AbortController().signal,
        header: new Headers(header),
        contextValues: contextValues ?? createContextValues(),
        message,
      });
      return response as never;
    },
    stream(method) {
      const name = `${method.parent.typeName}/${method.name}`;
      return Promise.reject(
        fault('NOT_IMPLEMENTED', {
          message: `${name} is a ${method.methodKind} method; the bus carries unary calls`,
          fate: 'never-started',
          facts: { method: name },
        }),
      );
    },
  };
}

/** A reply as Connect's client takes it; its headers are parsed when somebody asks for them. */
class BusResponse implements UnaryResponse {
  readonly stream = false;
  readonly method: DescMethodUnary;
  readonly message: Message;
  readonly #head: Uint8Array | undefined;
  #metadata: { header: Headers; trailer: Headers } | undefined;

  constructor(method: DescMethodUnary, message: Message, head: Uint8Array | undefined) {
    this.method = method;
    this.message = message;
    this.#head = head;
  }

  get service(): DescMethodUnary['parent'] {
    return this.method.parent;
  }

  get header(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.header;
  }

  get trailer(): Headers {
    this.#metadata ??= readReplyMetadata(this.#head);
    return this.#metadata.trailer;
  }
}

/** Whether the contract lets a call run twice (`idempotency_level`). */
export function isIdempotent(method: DescMethodUnary): boolean {
  return method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
}

function isMessage(input: object): boolean {
  return '$typeName' in input;
}

function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs > 0) return;
  throw new ConnectError(`timeoutMs must be above 0, not ${timeoutMs}`, Code.InvalidArgument);
}

function decodeReply(method: DescMethodUnary, body: Uint8Array): Message {
  try {
    return fromBinary(method.output, body);
  } catch (error) {
    throw fault('MALFORMED_REPLY', {
      message: `${method.parent.typeName}/${method.name}: the reply is not a ${method.output.typeName}`,
      fate: 'may-have-run',
      cause: error,
    });
  }
}
