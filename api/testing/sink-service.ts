import type { DescService, Message } from '@bufbuild/protobuf';
import { implement, type ServiceBinding } from '@busline/bus';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { KitchenSink } from './kitchen-sink.ts';

/** A message of the kitchen sink, as far as the handlers look at it. */
type SinkMessage = Message & { text: string; int64Value: bigint; texts: string[] };

type UpdateMessage = Message & { sink?: Message; tags: string[] };

/** Told of what happens inside a handler, for tests that wait for it. */
export interface SinkObserver {
  onStarted?(): void;
  onAborted?(): void;
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
  };
  // The descriptor is only known at run time, so its methods have no names in the type.
  return implement(sink.service, handlers as unknown as Partial<ServiceImpl<DescService>>);

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
