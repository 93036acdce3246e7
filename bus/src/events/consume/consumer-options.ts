import { positive } from '../../connection/options.ts';

/** How a consumer takes events. Handlers of one consumer name and stream share a durable, and so these options. */
export interface ConsumerOptions {
  /** Name of the consumer: letters, digits, `-` and `_`. All its instances share its events, wherever they run. */
  readonly consumer: string;
  /** Handlers that may run at once in this process. Default 16: enough for handlers that mostly wait. */
  readonly concurrency?: number;
  /**
   * Events that may wait in this process for a handler. Default 64. More hides the way to the broker, and is what
   * another instance must take over when this one leaves.
   */
  readonly prefetch?: number;
  /**
   * Deliveries after which a failing event becomes a dead letter. Default 10. One that this process hands back unrun
   * when it leaves, or loses when it is killed, counts too.
   */
  readonly maxAttempts?: number;
  /** Wait before the second attempt, in milliseconds; it doubles from attempt to attempt, ±20 %. Default 1,000. */
  readonly firstDelayMs?: number;
  /** Longest wait before an attempt, in milliseconds. Default 60,000. */
  readonly maxDelayMs?: number;
  /**
   * Deadline of a handler, in milliseconds: its signal aborts, and the attempt counts as failed. Default 30,000. Until
   * then the broker is told that the event is being worked on.
   */
  readonly timeoutMs?: number;
  /**
   * How long the broker waits for a sign of life before it gives the event to another instance, in milliseconds.
   * Default 10,000, and 5,000 with `orderByKey`; at least 1,000. What a killed process holds is taken up again after
   * this time.
   */
  readonly ackWaitMs?: number;
  /** Events of the consumer that may be under way at once, in all instances. Default 10,000. */
  readonly maxUnacknowledged?: number;
  /**
   * Handle events with the same key one after another, in the order in which they are stored, by one instance at a time.
   * Default false. A failing event then holds up its key until it succeeds or is a dead letter; other keys go on.
   */
  readonly orderByKey?: boolean;
  /**
   * Give every event to every instance, rather than each event to one of them. Default false. An instance begins where
   * `startFrom` says each time it starts, and keeps nothing at the broker when it is gone. An event whose attempts are used
   * up is logged and passed over: there are no dead letters, since the other instances may have handled it. With
   * `orderByKey`, each instance handles the events of a key in order.
   */
  readonly broadcast?: boolean;
  /**
   * Where a consumer that is new begins. Default `beginning`: whatever the stream still has; `now` with `broadcast`. A number
   * is a place in the stream, a date the moment from which events were stored.
   */
  readonly startFrom?: StartFrom;
}

export type StartFrom = 'beginning' | 'now' | number | Date;

/** Options with every default filled in and every value checked. */
export type CompleteConsumerOptions = Required<ConsumerOptions>;

/** @throws TypeError naming the consumer and the option that cannot be used. */
export function completeConsumerOptions(options: ConsumerOptions): CompleteConsumerOptions {
  const { consumer, broadcast = false, startFrom = broadcast ? 'now' : 'beginning' } = options;
  // JetStream takes up to 255 characters; the rest is for the partition.
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(consumer)) {
    throw new TypeError(`consumer "${consumer}" must be 1 to 200 letters, digits, - and _`);
  }
  if (consumer.includes('--')) {
    throw new TypeError(`consumer "${consumer}" must not hold "--", which marks the durables of a consumer`);
  }
  if (!isStart(startFrom)) {
    throw new TypeError(
      `consumer ${consumer}: startFrom must be "beginning", "now", a place from 1 or a date, not ${String(startFrom)}`,
    );
  }
  const check = (name: keyof ConsumerOptions, fallback: number, least = 1, most?: number): number => {
    const value = positive(
      `consumer ${consumer}: ${name}`,
      (options[name] as number | undefined) ?? fallback,
      most,
    );
    if (value < least)
      throw new TypeError(`consumer ${consumer}: ${name} must be at least ${least}, not ${value}`);
    return value;
  };
  const firstDelayMs = check('firstDelayMs', 1_000);
  return {
    consumer,
    concurrency: check('concurrency', 16, 1, 10_000),
    prefetch: check('prefetch', 64, 1, 100_000),
    maxAttempts: check('maxAttempts', 10, 1, 1_000),
    firstDelayMs,
    maxDelayMs: check('maxDelayMs', Math.max(60_000, firstDelayMs), firstDelayMs),
    timeoutMs: check('timeoutMs', 30_000, 1, 2 ** 31 - 1),
    ackWaitMs: check('ackWaitMs', options.orderByKey ? 5_000 : 10_000, 1_000),
    maxUnacknowledged: check('maxUnacknowledged', 10_000, 1, 1_000_000),
    broadcast,
    startFrom,
    orderByKey: options.orderByKey ?? false,
  };
}

function isStart(start: unknown): start is StartFrom {
  if (start instanceof Date) return !Number.isNaN(start.getTime());
  return start === 'beginning' || start === 'now' || (Number.isSafeInteger(start) && (start as number) >= 1);
}
