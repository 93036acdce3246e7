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
  type CancelSignal,
  type Identity,
  identityKey,
  type MessageCheck,
  messageCheck,
  type TraceParent,
} from '@busline/bus';
import {
  Code,
  ConnectError,
  createContextValues,
  createHandlerContext,
  type HandlerContext,
  type ServiceImplSpec,
} from '@connectrpc/connect';
import { abortSignal } from '../abort-signal.ts';
import type { Upstream } from '../edge-bus.ts';
import { HttpFault } from '../http-fault.ts';
import { internalError } from '../protocols/failure.ts';
import { createRequestQueue } from './request-queue.ts';

type Handler = (request: unknown, context: HandlerContext) => unknown;

/** What is said of a call besides its messages. */
interface CallHead {
  readonly method: string;
  readonly metadata?: Iterable<readonly [name: string, value: string]> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
  readonly identity?: Identity | undefined;
  readonly trace?: TraceParent | undefined;
}

/** Replies that may wait to be taken. */
const maxUntakenReplies = 16;

/** Answers calls by handlers in this process, as the bus would by workers. */
export function localUpstream(service: ServiceImplSpec): Upstream {
  const methods = new Map(
    Object.values(service.methods).map((spec) => [
      spec.method.name,
      { ...spec, check: messageCheck(spec.method.input) },
    ]),
  );

  return { callUnary, openStream };

  function open({ method: name, metadata, timeoutMs, signal, identity, trace }: CallHead) {
    const spec = methods.get(name);
    if (spec === undefined)
      throw new ConnectError(`${service.service.typeName} has no method ${name}`, Code.Unimplemented);
    const requestHeader = new Headers();
    for (const [field, value] of metadata ?? []) requestHeader.append(field, value);
    // As a worker would see them.
    for (const field of ['traceparent', 'tracestate'] as const) {
      const value = trace?.[field];
      if (value !== undefined) requestHeader.set(field, value);
    }
    const context = createHandlerContext({
      service: service.service,
      method: spec.method,
      protocolName: 'local',
      requestMethod: 'POST',
      url: `https://edge/${service.service.typeName}/${name}`,
      requestHeader,
      contextValues: createContextValues().set(identityKey, identity),
      ...(timeoutMs !== undefined && { timeoutMs: Math.min(timeoutMs, maxTimerMs) }),
      ...(signal !== undefined && { requestSignal: abortSignal(signal) }),
    });
    return { ...spec, handler: spec.impl as Handler, context };
  }

  async function callUnary(call: Parameters<Upstream['callUnary']>[0]) {
    const { method, check, handler, context } = open(call);
    try {
      const request = decode(method, check, call.body);
      const response = await Promise.race([handler(request, context), aborted(context.signal)]);
      return {
        body: encode(method, response),
        hasMetadata: true,
        header: context.responseHeader,
        trailer: context.responseTrailer,
      };
    } catch (thrown) {
      // How HTTP is used is for the protocol to say.
      if (thrown instanceof HttpFault) throw thrown;
      throw withMetadata(thrown, context.responseHeader, context.responseTrailer);
    } finally {
      context.abort();
    }
  }

  function openStream(
    call: Parameters<Upstream['openStream']>[0],
    listener: Parameters<Upstream['openStream']>[1],
  ): ReturnType<Upstream['openStream']> {
    const { method, check, handler, context } = open(call);
    const requests = createRequestQueue<Message>({ onRoom: () => listener.onWritable() });
    let headTold = false;
    let over = false;
    let untaken = 0;
    let wake: (() => void) | undefined;

    const tellHead = (): void => {
      if (headTold || over) return;
      headTold = true;
      listener.onHeader(context.responseHeader);
    };
    const end = (tell: () => void): void => {
      if (over) return;
      over = true;
      requests.close(new ConnectError('the call is over', Code.Canceled));
      context.abort();
      tell();
    };
    const fail = (thrown: unknown): void => {
      const header = headTold ? new Headers() : context.responseHeader;
      const error = withMetadata(thrown, header, context.responseTrailer);
      end(() => listener.onError(error));
    };
    const deliver = async (message: unknown): Promise<void> => {
      if (over) return;
      tellHead();
      untaken++;
      listener.onMessage(encode(method, message), () => {
        untaken--;
        wake?.();
      });
      while (untaken >= maxUntakenReplies && !over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    const run = async (): Promise<void> => {
      // Not within openStream: whoever opened the stream is to have it before anything is told.
      await Promise.resolve();
      // A handler that thinks before its first message lets its header go ahead.
      setImmediate(tellHead);
      const request = method.methodKind === 'server_streaming' ? await requests.only() : requests.messages;
      const result = handler(request, context);
      if (method.methodKind === 'client_streaming') await deliver(await result);
      else
        for await (const message of result as AsyncIterable<unknown>) {
          await deliver(message);
          // Leaving the loop tells the handler; otherwise it would go on for nobody.
          if (over) break;
        }
      tellHead();
      end(() => listener.onEnd(context.responseTrailer));
    };
    const write = (message: Uint8Array): boolean => {
      try {
        return over || requests.push(decode(method, check, message));
      } catch (error) {
        fail(error);
        return true;
      }
    };

    context.signal.addEventListener('abort', () => {
      wake?.();
      requests.close(ConnectError.from(context.signal.reason, Code.Canceled));
      fail(context.signal.reason);
    });
    if (call.request !== undefined) {
      write(call.request);
      requests.end();
    }
    run().catch(fail);
    return { write, end: () => requests.end(), cancel: (reason) => context.abort(reason) };
  }
}

/** Longest delay of a Node.js timer. */
const maxTimerMs = 2 ** 31 - 1;

function decode(method: DescMethod, check: MessageCheck | undefined, bytes: Uint8Array): Message {
  let message: Message;
  try {
    message = fromBinary(method.input, bytes);
  } catch {
    throw new ConnectError(`the request is not a ${method.input.typeName}`, Code.InvalidArgument);
  }
  const broken = check?.(message);
  if (broken !== undefined) throw broken;
  return message;
}

/** @param response what a handler gave: a message, or what one is made of */
function encode(method: DescMethod, response: unknown): Uint8Array {
  return toBinary(method.output, create(method.output, response as MessageInitShape<DescMessage>));
}

function withMetadata(thrown: unknown, ...given: readonly Headers[]): ConnectError {
  const error = thrown instanceof ConnectError ? thrown : internalError(thrown);
  for (const metadata of given) for (const [name, value] of metadata) error.metadata.append(name, value);
  return error;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = (): void => reject(ConnectError.from(signal.reason, Code.Canceled));
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}
