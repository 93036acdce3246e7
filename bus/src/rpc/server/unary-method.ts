import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Interceptor, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import { fault } from '../../errors/fault.ts';
import { callScope } from '../call-scope.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Handler } from './implement.ts';
import type { ServerCall } from './server-call.ts';
import { messageCheck } from './validation.ts';

/** The way of a request through one method: bytes, message, rules, interceptors, handler, message, bytes. */
export interface UnaryMethod {
  readonly method: DescMethodUnary;
  /**
   * Decodes and checks a request.
   *
   * @throws ConnectError MALFORMED_REQUEST or INVALID_MESSAGE (both INVALID_ARGUMENT).
   */
  decode(body: Uint8Array): Message;
  /** Runs interceptors and handler in the scope of `call`. Throws or rejects with whatever they do. */
  run(request: Message, call: ServerCall): unknown;
  /**
   * Encodes what the handler returned.
   *
   * @throws ConnectError BAD_RESPONSE (INTERNAL) when it is not a message of the output type.
   */
  encode(response: unknown): Uint8Array;
}

type UnaryHandler = (request: Message, call: ServerCall) => unknown;

export function unaryMethod(
  method: DescMethodUnary,
  handler: Handler,
  interceptors: readonly Interceptor[],
): UnaryMethod {
  const name = `${method.parent.typeName}/${method.name}`;
  const check = messageCheck(method.input);
  const intercepted =
    interceptors.length === 0 ? undefined : interceptedHandler(method, handler, interceptors);
  const handle = intercepted ?? (handler as unknown as UnaryHandler);

  return {
    method,
    decode(body) {
      let request: Message;
      try {
        request = fromBinary(method.input, body);
      } catch (error) {
        throw fault('MALFORMED_REQUEST', {
          message: `the request is not a ${method.input.typeName}: ${(error as Error).message}`,
          facts: { method: name },
        });
      }
      const broken = check?.(request);
      if (broken !== undefined) throw broken;
      return request;
    },
    run: (request, call) => callScope.run(call, handle, request, call),
    encode(response) {
      try {
        return toBinary(method.output, asMessage(method, response));
      } catch (error) {
        throw fault('BAD_RESPONSE', {
          message: `${name}: the handler's response cannot be encoded`,
          facts: { method: name },
          cause: error,
        });
      }
    },
  };
}

function asMessage(method: DescMethodUnary, response: unknown): Message {
  if (typeof response !== 'object' || response === null) {
    throw new TypeError(`a handler must return a ${method.output.typeName}, not ${String(response)}`);
  }
  return '$typeName' in response
    ? (response as Message)
    : create(method.output, response as MessageInitShape<DescMessage>);
}

function interceptedHandler(
  method: DescMethodUnary,
  handler: Handler,
  interceptors: readonly Interceptor[],
): UnaryHandler {
  const innermost = async (request: UnaryRequest, call: ServerCall): Promise<UnaryResponse> => ({
    stream: false,
    service: method.parent,
    method,
    header: call.responseHeader,
    trailer: call.responseTrailer,
    message: asMessage(method, await (handler as unknown as UnaryHandler)(request.message, call)),
  });
  return async (message, call) => {
    const run = composeInterceptors((request) => innermost(request as UnaryRequest, call), interceptors);
    const response = await run({
      stream: false,
      service: method.parent,
      method,
      requestMethod: call.requestMethod,
      url: call.url,
      signal: call.signal,
      header: call.requestHeader,
      contextValues: call.values,
      message,
    });
    copyOver(response.header, call.responseHeader);
    copyOver(response.trailer, call.responseTrailer);
    return response.message;
  };
}

/** An interceptor may answer with headers of its own making. */
function copyOver(from: Headers, to: Headers): void {
  if (from === to) return;
  for (const [name, value] of from) to.append(name, value);
}
