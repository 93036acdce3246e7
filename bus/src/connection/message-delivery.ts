import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Logger } from './logger.ts';
import { type MessagePlace, ReceivedMessage } from './received-message.ts';

/** Hands a message that lies in a frame to the subscription it is for. */
export type MessageDelivery = (frame: Buffer, place: MessagePlace) => void;

/** What the client's own dispatch uses of its private parts. */
interface PrivateParts {
  readonly subscriptions?: { get?(sid: number): PrivateSubscription | undefined };
}

interface PrivateSubscription {
  received: number;
  readonly max?: number;
  callback?(error: Error | null, message: Msg): void;
  unsubscribe(): void;
}

/**
 * Makes the delivery to the client's subscriptions; undefined where its private parts are not as expected, and it must read
 * its messages itself. Unlike the client's, it outlives a callback that throws.
 */
export function createMessageDelivery(nats: NatsConnection, log: Logger): MessageDelivery | undefined {
  const { protocol } = nats as unknown as { protocol?: PrivateParts };
  if (typeof protocol?.subscriptions?.get !== 'function') return undefined;
  return (frame, place) => {
    const subscription = protocol.subscriptions?.get?.(place.sid);
    // Unsubscribed while it was on its way.
    if (subscription === undefined) return;
    subscription.received++;
    try {
      subscription.callback?.(null, new ReceivedMessage(frame, place, nats));
    } catch (error) {
      log.error({ err: error }, 'the callback of a subscription failed');
    }
    if (subscription.max !== undefined && subscription.received >= subscription.max)
      subscription.unsubscribe();
  };
}
