import type { DescMethod, Message } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
} from '@connectrpc/connect';
import type { EncodeTarget } from '../../codec/message-codec.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Handler } from './implement.ts';
import { type MethodCodec, methodCodec } from './method-codec.ts';
import type { ServerCall } from './server-call.ts';

/** A method whose call is a stream: one of the three streaming kinds, or a unary one whose messages are large. */
export interface StreamMethod {
  readonly method: DescMethod;
  /** @throws ConnectError MALFORMED_REQUEST or INVALID_MESSAGE. */
  decode(body: Uint8Array): Message;
  /** Encodes a response and returns its size. @throws ConnectError BAD_RESPONSE for what is no message of the output type. */
  encodeInto(target: EncodeTarget, response: unknown): number;
  /**
   * Runs interceptors and handler: messages in, what the handler gives out. To be called in the scope of the call. The
   * iterable is the handler's own where there is no interceptor: one more between them costs a third of a small message.
   */
  run(requests: AsyncIterable<Message>, call: StreamCall): Promise<AsyncIterable<unknown>>;
}

/** The call as the method sees it. */
export interface StreamCall {
  readonly call: ServerCall;
  /**
   * A handler that answers one request with a stream has begun: its header may go ahead of its first message. Not told
   * of a bidirectional method, whose handler may set its header by what it reads.
   */
  onStreaming(): void;
}

type AnyHandler = (request: unknown, call: ServerCall) => unknown;

export function streamMethod(
  method: DescMethod,
  handler: Handler,
  interceptors: readonly Interceptor[],
): StreamMethod {
  const codec = methodCodec(method);
  const handle = handler as unknown as AnyHandler;
  const bare: StreamMethod['run'] = (requests, call) => responses(method, handle, requests, call);

  return {
    method,
    decode: codec.decode,
    encodeInto: codec.encodeInto,
    run: interceptors.length === 0 ? bare : intercepted(method, { codec, bare, interceptors }),
  };
}

async function responses(
  method: DescMethod,
  handle: AnyHandler,
  requests: AsyncIterable<Message>,
  { call, onStreaming }: StreamCall,
): Promise<AsyncIterable<unknown>> {
  const many = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
  const input = many ? requests : await theOnly(requests, method);
  if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') {
    return only(await handle(input, call));
  }
  const outputs = handle(input, call) as AsyncIterable<unknown>;
  if (!many) onStreaming();
  return outputs;
}

async function* only(response: unknown): AsyncIterable<unknown> {
  yield response;
}

/** What interceptors see of a handler's responses: messages. */
async function* asOutputs(codec: MethodCodec, responsesOf: AsyncIterable<unknown>): AsyncIterable<Message> {
  for await (const response of responsesOf) yield codec.asMessage(response);
}

/** The request of a method that takes exactly one (gRPC: anything else is UNIMPLEMENTED). */
async function theOnly(requests: AsyncIterable<Message>, method: DescMethod): Promise<Message> {
  let only: Message | undefined;
  for await (const request of requests) {
    if (only !== undefined) throw cardinality(method, 'more than one request message');
    only = request;
  }
  if (only === undefined) throw cardinality(method, 'no request message');
  return only;
}

function cardinality(method: DescMethod, what: string): ConnectError {
  return new ConnectError(
    `${method.parent.typeName}/${method.name}: ${what} for a ${method.methodKind} method`,
    Code.Unimplemented,
  );
}

interface Intercepted {
  readonly codec: MethodCodec;
  readonly bare: StreamMethod['run'];
  readonly interceptors: readonly Interceptor[];
}

function intercepted(method: DescMethod, { codec, bare, interceptors }: Intercepted): StreamMethod['run'] {
  return async (requests, streamCall) => {
    const { call } = streamCall;
    const innermost = async (request: StreamRequest): Promise<StreamResponse> => ({
      stream: true,
      service: method.parent,
      method: request.method,
      header: call.responseHeader,
      trailer: call.responseTrailer,
      message: asOutputs(codec, await bare(request.message, streamCall)),
    });
    const composed = composeInterceptors((request) => innermost(request as StreamRequest), interceptors);
    const response = (await composed({
      stream: true,
      service: method.parent,
      method: method as StreamRequest['method'],
      requestMethod: call.requestMethod,
      url: call.url,
      signal: call.signal,
      header: call.requestHeader,
      contextValues: call.values,
      message: requests,
    })) as StreamResponse;
    return response.message;
  };
}
