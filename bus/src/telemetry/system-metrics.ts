import type { ConsumerStatus } from '../events/consumers/consumer-status.ts';
import type { Labels, MetricFamily } from '../metrics/metric-family.ts';
import { attribute } from '../tracing/attributes.ts';

/** What the broker says of a consumer. */
export interface ConsumerState {
  readonly status: ConsumerStatus;
  readonly deadLetters: number;
}

/** What it says of a whole system. */
export interface SystemState {
  readonly consumers: readonly ConsumerState[];
  /** Also those of consumers that are gone. */
  readonly deadLetters: number;
  readonly now: Date;
}

/** Lag and age of the consumers, and dead letters, as metrics. Whoever tells them tells the same: take the highest, not the sum. */
export function systemMetrics({ consumers, deadLetters, now }: SystemState): MetricFamily[] {
  const perConsumer = (
    name: string,
    help: string,
    of: (state: ConsumerState) => number,
    unit?: 's',
  ): MetricFamily => ({
    kind: 'gauge',
    name,
    help,
    ...(unit !== undefined && { unit }),
    points: consumers.map((state) => ({ labels: labelsOf(state), value: of(state) })),
  });
  return [
    perConsumer(
      'busline.consumer.lag',
      'Events that no instance has been given.',
      ({ status }) => status.pending,
    ),
    perConsumer(
      'busline.consumer.unacknowledged',
      'Events that an instance has and that are not settled.',
      ({ status }) => status.unacknowledged,
    ),
    perConsumer(
      'busline.consumer.age',
      'Age of the oldest event that is not handled.',
      ({ status: { oldestUnhandled: oldest } }) =>
        oldest === undefined ? 0 : Math.max(0, now.getTime() - oldest.getTime()) / 1_000,
      's',
    ),
    perConsumer(
      'busline.consumer.dead_letters',
      'Dead letters of the consumer.',
      ({ deadLetters: own }) => own,
    ),
    {
      kind: 'gauge',
      name: 'busline.dead_letters',
      help: 'Dead letters of all consumers.',
      points: [{ labels: {}, value: deadLetters }],
    },
  ];
}

function labelsOf({ status: { stream, consumer } }: ConsumerState): Labels {
  return { [attribute.stream]: stream, [attribute.messagingGroup]: consumer };
}
