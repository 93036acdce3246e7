import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import { type EventContract, eventContract } from '../contract/event-contract.ts';
import {
  type CompleteConsumerOptions,
  type ConsumerOptions,
  completeConsumerOptions,
} from './consumer-options.ts';
import type { EventContext } from './event-context.ts';

/**
 * Handles one event. When it returns, or its promise resolves, the event is acknowledged. When it throws, the code of
 * the error decides whether it is tried again or becomes a dead letter at once (docs/errors.md, column "event");
 * anything that is no ConnectError is tried again. It must bear to see an event more than once.
 */
export type EventHandler<S extends DescMessage> = (event: MessageShape<S>, context: EventContext) => unknown;

/** An event with its handler, ready to be consumed. */
export interface EventBinding {
  readonly contract: EventContract;
  readonly options: CompleteConsumerOptions;
  readonly handler: (event: Message, context: EventContext) => unknown;
  /** Begins what its handler was given and has put off, because nothing more will come. */
  flush?(): void;
}

/**
 * Ties a handler to an event. Bindings of one worker with the same consumer and stream share one durable.
 *
 * @throws TypeError when the message is no event, or an option cannot be used.
 */
export function on<S extends DescMessage>(
  schema: S,
  options: ConsumerOptions,
  handler: EventHandler<S>,
): EventBinding {
  if (typeof handler !== 'function')
    throw new TypeError(`${schema.typeName}: the handler must be a function`);
  return {
    contract: eventContract(schema),
    options: completeConsumerOptions(options),
    handler: handler as EventBinding['handler'],
  };
}
