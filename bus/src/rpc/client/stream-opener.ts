import {
  create,
  type DescMessage,
  type DescMethod,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type StreamRequest,
  type StreamResponse,
} from '@connectrpc/connect';
import { messageCodec } from '../../codec/message-codec.ts';
import { fault } from '../../errors/fault.ts';
import { readReplyMetadata } from '../../wire/reply.ts';
import { composeInterceptors } from '../compose-interceptors.ts';
import { defaultMaxMessageBytes, defaultWindowBytes } from '../stream/limits.ts';
import { createMessageQueue } from '../stream/message-queue.ts';
import { createAbandonedStreams } from './abandoned-streams.ts';
import type { Caller } from './caller.ts';
import { StreamExchange } from './stream-exchange.ts';
import type { TransportOptions } from './transport.ts';

export interface StreamParts {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly metadata: Headers | undefined;
  readonly contextValues: ContextValues | undefined;
}

type Input = AsyncIterable<MessageInitShape<DescMessage>>;

/** Opens streams: Connect's `Transport.stream`. Resolves with the response header; the messages follow. */
export function streamOpener(
  caller: Caller,
  subjectOf: (method: DescMethod) => string,
  options: TransportOptions,
) {
  const interceptors = options.interceptors ?? [];
  const abandonedStreams = createAbandonedStreams();

  const open = (method: DescMethod, parts: StreamParts, input: Input): Promise<StreamResponse> =>
    new Promise((resolve, reject) => {
      const header = new Headers();
      const trailer = new Headers();
      let writable: PromiseWithResolvers<void> | undefined;
      const wakeWriter = (): void => {
        writable?.resolve();
        writable = undefined;
      };
      const abandon = (): void => exchange.cancel(abandoned());
      const messages = createMessageQueue<Message>({ onAbandoned: abandon });
      const response: StreamResponse = {
        stream: true,
        service: method.parent,
        method: method as StreamResponse['method'],
        header,
        trailer,
        message: abandonedStreams.guard(messages, abandon),
      };
      const exchange = new StreamExchange(
        caller,
        {
          service: method.parent.typeName,
          method: method.name,
          subject: subjectOf(method),
          target: options.instance,
          metadata: parts.metadata,
          timeoutMs: parts.timeoutMs,
          signal: parts.signal,
          windowBytes: options.windowBytes ?? defaultWindowBytes,
          maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
        },
        {
          onHead(head) {
            for (const [name, value] of readReplyMetadata(head).header) header.append(name, value);
            resolve(response);
          },
          onMessage(body, release) {
            let message: Message;
            try {
              message = decode(method, body);
            } catch (error) {
              exchange.cancel(error);
              return;
            }
            messages.push(message, release);
          },
          onWritable: wakeWriter,
          onEnd(head) {
            for (const [name, value] of readReplyMetadata(head).trailer) trailer.append(name, value);
            wakeWriter();
            messages.end();
          },
          onError(error) {
            for (const [name, value] of error.metadata) trailer.append(name, value);
            wakeWriter();
            messages.fail(error);
            // No effect once the header has arrived: the loop over the messages gets the error.
            reject(error);
          },
        },
      );
      const untilWritable = (): Promise<void> => {
        writable ??= Promise.withResolvers();
        return writable.promise;
      };
      void pump({ exchange, method, input, untilWritable });
    });

  return async (method: DescMethod, parts: StreamParts, input: Input): Promise<StreamResponse> => {
    if (interceptors.length === 0) return open(method, parts, input);
    const run = composeInterceptors(
      (request) =>
        open(
          method,
          { ...parts, signal: request.signal, metadata: request.header },
          (request as StreamRequest).message,
        ),
      interceptors,
    );
    const response = await run({
      stream: true,
      service: method.parent,
      method: method as StreamRequest['method'],
      requestMethod: 'POST',
      url: `nats:///${method.parent.typeName}/${method.name}`,
      signal: parts.signal ?? new AbortController().signal,
      header: parts.metadata ?? new Headers(),
      contextValues: parts.contextValues ?? createContextValues(),
      message: created(method, input),
    });
    return response as StreamResponse;
  };
}

interface Pump {
  readonly exchange: StreamExchange;
  readonly method: DescMethod;
  readonly input: Input;
  untilWritable(): Promise<void>;
}

/** Writes what the caller has to say, as fast as the worker takes it. A single request travels with the opening. */
async function pump({ exchange, method, input, untilWritable }: Pump): Promise<void> {
  const single = method.methodKind === 'server_streaming' || method.methodKind === 'unary';
  const codec = messageCodec(method.input);
  if (!single) exchange.begin();
  try {
    for await (const init of input) {
      if (exchange.done) break;
      if (!exchange.encode(codec.encodeInto, asMessage(method, init)) && !single) await untilWritable();
    }
    exchange.end();
  } catch (error) {
    if (single) exchange.begin();
    exchange.cancel(ConnectError.from(error, Code.Internal));
    return;
  }
  if (single) exchange.begin();
}

function abandoned(): ConnectError {
  return new ConnectError('nobody reads the messages of the stream any more', Code.Canceled);
}

async function* created(method: DescMethod, input: Input): AsyncIterable<Message> {
  for await (const init of input) yield asMessage(method, init);
}

function asMessage(method: DescMethod, init: MessageInitShape<DescMessage>): Message {
  return '$typeName' in init ? (init as Message) : create(method.input, init);
}

function decode(method: DescMethod, body: Uint8Array): Message {
  try {
    return messageCodec(method.output).decode(body);
  } catch (error) {
    throw fault('MALFORMED_REPLY', {
      message: `${method.parent.typeName}/${method.name}: a message of the reply is not a ${method.output.typeName}`,
      fate: 'may-have-run',
      cause: error,
    });
  }
}
