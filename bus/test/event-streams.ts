import type { DescMessage } from '@bufbuild/protobuf';
import type { Bus } from '@busline/bus';
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** Makes the streams of some events as their contracts say. */
export async function applyStreams(bus: Bus, ...events: readonly DescMessage[]): Promise<void> {
  await bus.applyStreams(await bus.planStreams(events));
}

/** Everything a stream holds, in order, as another client reads it. */
export async function storedMessages(natsUrl: string, stream: string): Promise<StoredMsg[]> {
  const nats = await connect({ servers: natsUrl });
  try {
    const manager = await jetstreamManager(nats);
    const { state } = await manager.streams.info(stream);
    const messages: StoredMsg[] = [];
    for (let sequence = state.first_seq; sequence <= state.last_seq; sequence++) {
      const message = await manager.direct.getMessage(stream, { seq: sequence });
      if (message !== null) messages.push(message);
    }
    return messages;
  } finally {
    await nats.close();
  }
}
