import type { ConsumerInfo } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { consumerOfDurable } from '../consume/consumer-group.ts';
import { partitionsKey } from '../streams/plan-stream.ts';

/** A consumer as the broker has it. */
export interface KnownConsumer {
  readonly stream: string;
  readonly consumer: string;
  readonly durables: readonly ConsumerInfo[];
}

/** Which consumers to look at. */
export interface ConsumerFilter {
  /** Default: the streams of all events. */
  readonly stream?: string | undefined;
  /** Default: all. */
  readonly consumer?: string | undefined;
}

/** The consumers of events, in order of stream and name. Durables that are not the bus's are left out. */
export async function readConsumers(
  connection: Connection,
  { stream, consumer }: ConsumerFilter,
): Promise<KnownConsumer[]> {
  return await manage(connection, 'the consumers of events', async (manager) => {
    const streams: string[] = [];
    if (stream !== undefined) streams.push(stream);
    else {
      for await (const { config } of manager.streams.list()) {
        if (config.metadata?.[partitionsKey] !== undefined) streams.push(config.name);
      }
    }
    const found: KnownConsumer[] = [];
    for (const name of streams.toSorted()) {
      const byConsumer = new Map<string, ConsumerInfo[]>();
      for (const info of await durablesOfStream(name)) {
        const owner = consumerOfDurable(info.config);
        if (owner === undefined || (consumer !== undefined && owner !== consumer)) continue;
        byConsumer.set(owner, [...(byConsumer.get(owner) ?? []), info]);
      }
      for (const owner of [...byConsumer.keys()].toSorted()) {
        found.push({ stream: name, consumer: owner, durables: byConsumer.get(owner) ?? [] });
      }
    }
    return found;

    async function durablesOfStream(name: string): Promise<ConsumerInfo[]> {
      const infos: ConsumerInfo[] = [];
      try {
        for await (const info of manager.consumers.list(name)) infos.push(info);
      } catch (error) {
        if (!isApiError(error, streamNotFound)) throw error;
      }
      return infos;
    }
  });
}

/**
 * One consumer.
 *
 * @throws ConnectError NO_CONSUMER (NOT_FOUND).
 */
export async function findConsumer(
  connection: Connection,
  stream: string,
  consumer: string,
): Promise<KnownConsumer> {
  const [found] = await readConsumers(connection, { stream, consumer });
  if (found === undefined) {
    throw fault('NO_CONSUMER', {
      message: `stream ${stream} has no consumer ${consumer}; a worker that handles its events makes it`,
      fate: 'never-started',
      facts: { stream, consumer },
    });
  }
  return found;
}
