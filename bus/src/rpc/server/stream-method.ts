import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
} from '@connectrpc/connect';
import { fault } from '../../errors/fault.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Handler } from './implement.ts';
import type { ServerCall } from './server-call.ts';
import { messageCheck } from './validation.ts';

/** A method whose call is a stream: one of the three streaming kinds, or a unary one whose messages are large. */
export interface StreamMethod {
  readonly method: DescMethod;
  /** @throws ConnectError MALFORMED_REQUEST or INVALID_MESSAGE. */
  decode(body: Uint8Array): Message;
  /** @throws ConnectError BAD_RESPONSE for what is no message of the output type. */
  encode(response: unknown): Uint8Array;
  /**
   * Runs interceptors and handler: messages in, what the handler gives out. To be called in the scope of the call. The
   * iterable is the handler's own where there is no interceptor: one more between them costs a third of a small message.
   */
  run(requests: AsyncIterable<Message>, call: StreamCall): Promise<AsyncIterable<unknown>>;
}

/** The call as the method sees it. */
export interface StreamCall {
  readonly call: ServerCall;
  /** A handler that answers with a stream has begun: its header may go ahead of its first message. */
  onStreaming(): void;
}

type AnyHandler = (request: unknown, call: ServerCall) => unknown;

export function streamMethod(
  method: DescMethod,
  handler: Handler,
  interceptors: readonly Interceptor[],
): StreamMethod {
  const name = `${method.parent.typeName}/${method.name}`;
  const check = messageCheck(method.input);
  const handle = handler as unknown as AnyHandler;
  const bare: StreamMethod['run'] = (requests, call) => responses(method, handle, requests, call);

  return {
    method,
    decode(body) {
      let request: Message;
      try {
        request = fromBinary(method.input, body);
      } catch (error) {
        throw fault('MALFORMED_REQUEST', {
          message: `${name}: a request message is not a ${method.input.typeName}: ${(error as Error).message}`,
          facts: { method: name },
        });
      }
      const broken = check?.(request);
      if (broken !== undefined) throw broken;
      return request;
    },
    encode(response) {
      const message = asOutput(method, response);
      try {
        return toBinary(method.output, message);
      } catch (error) {
        throw fault('BAD_RESPONSE', {
          message: `${name}: a response message cannot be encoded`,
          cause: error,
        });
      }
    },
    run: interceptors.length === 0 ? bare : intercepted(method, bare, interceptors),
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
  onStreaming();
  return outputs;
}

async function* only(response: unknown): AsyncIterable<unknown> {
  yield response;
}

/** What interceptors see of a handler's responses: messages. */
async function* asOutputs(method: DescMethod, responsesOf: AsyncIterable<unknown>): AsyncIterable<Message> {
  for await (const response of responsesOf) yield asOutput(method, response);
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

function asOutput(method: DescMethod, response: unknown): Message {
  if (typeof response !== 'object' || response === null) {
    throw fault('BAD_RESPONSE', {
      message: `${method.parent.typeName}/${method.name}: the handler gave ${String(response)}, not a ${method.output.typeName}`,
    });
  }
  if (!('$typeName' in response)) return create(method.output, response as MessageInitShape<DescMessage>);
  if (response.$typeName === method.output.typeName) return response as Message;
  throw fault('BAD_RESPONSE', {
    message: `${method.parent.typeName}/${method.name}: the handler gave a ${String(response.$typeName)}, not a ${method.output.typeName}`,
  });
}

function intercepted(
  method: DescMethod,
  bare: StreamMethod['run'],
  interceptors: readonly Interceptor[],
): StreamMethod['run'] {
  return async (requests, streamCall) => {
    const { call } = streamCall;
    const innermost = async (request: StreamRequest): Promise<StreamResponse> => ({
      stream: true,
      service: method.parent,
      method: request.method,
      header: call.responseHeader,
      trailer: call.responseTrailer,
      message: asOutputs(method, await bare(request.message, streamCall)),
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
