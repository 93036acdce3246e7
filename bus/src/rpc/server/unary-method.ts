import type { DescMethodUnary, Message } from '@bufbuild/protobuf';
import type { Interceptor, UnaryRequest, UnaryResponse } from '@connectrpc/connect';
import { callScope } from '../../scope/call-scope.ts';
import { runInScope } from '../../scope/run-in-scope.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import type { Handler } from './implement.ts';
import { type MethodCodec, methodCodec } from './method-codec.ts';
import type { ServerCall } from './server-call.ts';

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
  const codec = methodCodec(method);
  const intercepted =
    interceptors.length === 0 ? undefined : interceptedHandler(codec, { method, handler, interceptors });
  const handle = intercepted ?? (handler as unknown as UnaryHandler);

  return {
    method,
    decode: codec.decode,
    // The longer way for a call that is recorded: few are under load.
    run: (request, call) =>
      call.span === undefined
        ? callScope.run(call, handle, request, call)
        : runInScope(call, handle, request, call),
    encode: codec.encode,
  };
}

interface Intercepted {
  readonly method: DescMethodUnary;
  readonly handler: Handler;
  readonly interceptors: readonly Interceptor[];
}

function interceptedHandler(
  codec: MethodCodec,
  { method, handler, interceptors }: Intercepted,
): UnaryHandler {
  const innermost = async (request: UnaryRequest, call: ServerCall): Promise<UnaryResponse> => ({
    stream: false,
    service: method.parent,
    method,
    header: call.responseHeader,
    trailer: call.responseTrailer,
    message: codec.asMessage(await (handler as unknown as UnaryHandler)(request.message, call)),
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
