import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescService,
  Message,
  MessageInitShape,
} from '@bufbuild/protobuf';
import {
  type CallOptions,
  type Client,
  createClient,
  makeAnyClient,
  type StreamResponse,
  type Transport,
} from '@connectrpc/connect';

type Input = AsyncIterable<MessageInitShape<DescMessage>>;
type StreamingMethod = DescMethodServerStreaming | DescMethodBiDiStreaming;

/**
 * Connect's client, but for the messages that come as a stream: they go straight from the transport into the caller's loop,
 * where Connect passes each through two more generators, and a loop that is left early cancels the call at once.
 */
export function busClient<S extends DescService>(service: S, transport: Transport): Client<S> {
  const client = createClient(service, transport);
  return makeAnyClient(service, (method) => {
    switch (method.methodKind) {
      case 'server_streaming':
        return (request: MessageInitShape<DescMessage>, options?: CallOptions) =>
          responsesOf(open(transport, { method, input: only(request), options }), options);
      case 'bidi_streaming':
        return (requests: Input, options?: CallOptions) =>
          responsesOf(open(transport, { method, input: requests, options }), options);
      default:
        return client[method.localName as keyof Client<S>];
    }
  }) as Client<S>;
}

interface Opening {
  readonly method: StreamingMethod;
  readonly input: Input;
  readonly options: CallOptions | undefined;
}

function open(transport: Transport, { method, input, options = {} }: Opening): Promise<StreamResponse> {
  const { signal, timeoutMs, headers, contextValues } = options;
  return transport.stream(method, signal, timeoutMs, headers, input, contextValues);
}

async function* only<T>(message: T): AsyncIterable<T> {
  yield message;
}

/** The messages of a response that is on its way. */
function responsesOf(
  opening: Promise<StreamResponse>,
  { onHeader, onTrailer }: CallOptions = {},
): AsyncIterable<Message> {
  // Whoever never asks for a message does not want to hear that there is none.
  opening.catch(() => undefined);
  return { [Symbol.asyncIterator]: () => iterate(opening, { onHeader, onTrailer }) };
}

function iterate(
  opening: Promise<StreamResponse>,
  { onHeader, onTrailer }: Pick<CallOptions, 'onHeader' | 'onTrailer'>,
): AsyncIterator<Message> {
  let messages: AsyncIterator<Message> | undefined;
  const next = async (): Promise<IteratorResult<Message>> => {
    const response = await opening;
    if (messages === undefined) {
      onHeader?.(response.header);
      messages = response.message[Symbol.asyncIterator]();
    }
    const result = await messages.next();
    if (result.done === true) onTrailer?.(response.trailer);
    return result;
  };
  return {
    // From the second message on, the promise of the transport is the caller's.
    next: () => (messages === undefined || onTrailer !== undefined ? next() : messages.next()),
    async return() {
      messages ??= (await opening).message[Symbol.asyncIterator]();
      await messages.return?.();
      return { done: true, value: undefined };
    },
  };
}
