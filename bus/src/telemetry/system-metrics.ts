import type { ConsumerStatus } from '../events/consumers/consumer-status.ts';
import type { Labels, MetricFamily } from '../metrics/metric-family.ts';
import { attribute } from '../tracing/attributes.ts';

/** What the broker says of a whole system. */
export interface SystemState {
  readonly consumers: readonly ConsumerStatus[];
  readonly deadLetters: number;
  readonly now: Date;
}

/** Lag and age of the consumers, and dead letters, as metrics. Whoever tells them tells the same: take the highest, not the sum. */
export function systemMetrics({ consumers, deadLetters, now }: SystemState): MetricFamily[] {
  const perConsumer = (
    name: string,
    help: string,
    of: (status: ConsumerStatus) => number,
    unit?: 's',
  ): MetricFamily => ({
    kind: 'gauge',
    name,
    help,
    ...(unit !== undefined && { unit }),
    points: consumers.map((status) => ({ labels: labelsOf(status), value: of(status) })),
  });
  return [
    perConsumer('busline.consumer.lag', 'Events that no instance has been given.', ({ pending }) => pending),
    perConsumer(
      'busline.consumer.unacknowledged',
      'Events that an instance has and that are not settled.',
      ({ unacknowledged }) => unacknowledged,
    ),
    perConsumer(
      'busline.consumer.age',
      'Age of the oldest event that is not handled.',
      ({ oldestUnhandled: oldest }) =>
        oldest === undefined ? 0 : Math.max(0, now.getTime() - oldest.getTime()) / 1_000,
      's',
    ),
    {
      kind: 'gauge',
      name: 'busline.dead_letters',
      help: 'Dead letters of all consumers.',
      points: [{ labels: {}, value: deadLetters }],
    },
  ];
}

function labelsOf({ stream, consumer }: ConsumerStatus): Labels {
  return { [attribute.stream]: stream, [attribute.messagingGroup]: consumer };
}
