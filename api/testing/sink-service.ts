import type { DescService, Message } from '@bufbuild/protobuf';
import { implement, type ServiceBinding } from '@busline/bus';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { KitchenSink } from './kitchen-sink.ts';

/** A message of the kitchen sink, as far as the handlers look at it. */
type SinkMessage = Message & { text: string; int32Value: number; int64Value: bigint; texts: string[] };

type UpdateMessage = Message & { sink?: Message; tags: string[] };

/** Told of what happens inside a handler, for tests that wait for it. */
export interface SinkObserver {
  onStarted?(): void;
  onAborted?(): void;
  /** A reply of Watch has been given to the bus. */
  onReply?(): void;
}

/**
 * The kitchen sink's service. Requests come back as they are; what `text` says changes that:
 *
 * - `crash`: throws something that is no ConnectError
 * - `code:5`: fails with that code and an ErrorInfo
 * - `metadata`: answers with the request's metadata in `texts`, and with metadata of its own
 * - `time`: the milliseconds left, in `int64_value`
 * - `hang`: waits until it is cancelled
 * - `large:N`: N characters of text
 *
 * Watch sends the request back, numbered in `int32_value`, as often as its own `int32_value` says, with metadata of its
 * own; then `text` counts as above. Collect answers with all `texts`, Chat with each request, as it comes.
 */
export function sinkService(sink: KitchenSink, observer: SinkObserver = {}): ServiceBinding {
  const same = (request: Message): Message => request;
  const handlers = {
    echo: handle,
    get: handle,
    plain: handle,
    lock: () => ({}),
    update: ({ sink, tags }: UpdateMessage) => ({ sink, tags }),
    upload: same,
    uploadNamed: same,
    watch,
    async *download({ int32Value }: SinkMessage) {
      for (let i = 0; i < int32Value; i++)
        yield { contentType: 'text/plain', data: Buffer.from(`part ${i};`) };
    },
    async collect(requests: AsyncIterable<SinkMessage>) {
      const texts: string[] = [];
      for await (const { text } of requests) texts.push(text);
      return { texts };
    },
    async *chat(requests: AsyncIterable<SinkMessage>, context: HandlerContext) {
      for await (const request of requests) yield await handle(request, context);
    },
  };
  // The descriptor is only known at run time, so its methods have no names in the type.
  return implement(sink.service, handlers as unknown as Partial<ServiceImpl<DescService>>);

  async function* watch(request: SinkMessage, context: HandlerContext): AsyncGenerator<object> {
    context.responseHeader.set('x-answer', '42');
    context.responseTrailer.set('x-trailer', 'last');
    const { text, int32Value, texts } = request;
    for (let i = 1; i <= int32Value; i++) {
      yield { text, texts, int32Value: i };
      observer.onReply?.();
    }
    if (text.startsWith('code:') || text === 'crash' || text === 'hang') await handle(request, context);
  }

  async function handle(request: Message, context: HandlerContext): Promise<Message> {
    const message = request as SinkMessage;
    const [command, argument] = message.text.split(':');
    switch (command) {
      case 'crash':
        throw new Error('the password is hunter2');
      case 'code':
        throw new ConnectError('as you wish', Number(argument) as Code, { 'x-error': 'yes' }, [
          { desc: ErrorInfoSchema, value: { reason: 'AS_YOU_WISH', domain: 'sink.test' } },
        ]);
      case 'metadata':
        message.texts = [...context.requestHeader].map(([name, value]) => `${name}: ${value}`);
        context.responseHeader.set('x-answer', '42');
        context.responseHeader.set('etag', '"v1"');
        context.responseTrailer.set('x-trailer', 'last');
        return message;
      case 'time':
        message.int64Value = BigInt(Math.ceil(context.timeoutMs() ?? -1));
        return message;
      case 'large':
        message.text = 'x'.repeat(Number(argument));
        return message;
      case 'hang':
        observer.onStarted?.();
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        observer.onAborted?.();
        throw new ConnectError('cancelled', Code.Canceled);
      default:
        return message;
    }
  }
}
