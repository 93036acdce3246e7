import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import type { Bus, EventBinding, Worker } from '@busline/bus';
import {
  type DeadLetterRecord,
  DeadLetterRecordSchema,
} from '@busline/schemas/busline/deadletters/v1/deadletters';
import {
  type ConsumerInfo,
  type JetStreamManager,
  jetstreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';

/** Makes the streams of some events as their contracts say. */
export async function applyStreams(bus: Bus, ...events: readonly DescMessage[]): Promise<void> {
  await bus.applyStreams(await bus.planStreams(events));
}

/** Everything a stream holds, in order, as another client reads it. */
export async function storedMessages(natsUrl: string, stream: string): Promise<StoredMsg[]> {
  return await withManager(natsUrl, async (manager) => {
    const { state } = await manager.streams.info(stream);
    const messages: StoredMsg[] = [];
    for (let sequence = Math.max(1, state.first_seq); sequence <= state.last_seq; sequence++) {
      const message = await manager.direct.getMessage(stream, { seq: sequence });
      if (message !== null) messages.push(message);
    }
    return messages;
  });
}

/** What the broker says about a consumer. */
export async function consumerInfo(natsUrl: string, stream: string, consumer: string): Promise<ConsumerInfo> {
  return await withManager(natsUrl, (manager) => manager.consumers.info(stream, consumer));
}

/** Runs `work` as an operator with a client of its own. */
export async function withManager<T>(
  natsUrl: string,
  work: (manager: JetStreamManager, nats: NatsConnection) => Promise<T>,
): Promise<T> {
  const nats = await connect({ servers: natsUrl });
  try {
    return await work(await jetstreamManager(nats), nats);
  } finally {
    await nats.close();
  }
}

/** The dead letters there are. */
export async function deadLetters(natsUrl: string): Promise<DeadLetterRecord[]> {
  const stored = await storedMessages(natsUrl, 'DEAD_LETTERS');
  return stored.map(({ data }) => fromBinary(DeadLetterRecordSchema, data));
}

/** A worker that handles events and nothing else. */
export async function consume(bus: Bus, ...events: readonly EventBinding[]): Promise<Worker> {
  return await bus.serve({ name: 'handler', version: '1.0.0', events });
}
