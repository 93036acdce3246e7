import { randomUUID } from 'node:crypto';
import { AckPolicy, DiscardPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type EventSide, PREFETCH } from './event-side.ts';

const stream = 'RAW';
/** Messages under way at once while filling. Each is acknowledged: the broker drops some where it cannot store them in time. */
const fillWindow = 1_000;

/** The JetStream client as it comes: bytes, no schema, a stream with the limits of the other side's. */
export async function open(natsUrl: string): Promise<EventSide> {
  const connection = await connect({ servers: natsUrl, noAsyncTraces: true });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: stream,
    subjects: ['raw.*.*'],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 3600 * 1_000_000_000,
    max_bytes: 4 * 1024 ** 3,
  });
  const js = jetstream(connection);
  let published = 0;
  const subject = (): string => {
    const number = ++published;
    return `raw.${number % 16}.k${number % 1000}`;
  };
  return {
    async publish(payload) {
      await js.publish(subject(), payload, { msgID: randomUUID() });
    },
    async fill(payload, count) {
      for (let left = count; left > 0; left -= fillWindow) {
        const together = Math.min(left, fillWindow);
        await Promise.all(Array.from({ length: together }, () => js.publish(subject(), payload)));
      }
    },
    async consume(onEvent) {
      await manager.consumers.add(stream, {
        durable_name: 'bench',
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: 10_000,
      });
      const consumer = await js.consumers.get(stream, 'bench');
      // A callback and not the iterator, which halves what the client can do.
      await consumer.consume({
        max_messages: PREFETCH,
        callback: (message) => {
          onEvent(message.data);
          message.ack();
        },
      });
    },
  };
}
