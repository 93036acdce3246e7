import type { StreamConfig } from '@nats-io/jetstream';
import type { Connection } from '../connection/connection.ts';
import { isApiError, manage, streamNotFound } from './manage.ts';

/** A stream as it is to be made. */
export type NamedStream = Partial<StreamConfig> & { readonly name: string; readonly num_replicas: number };

/**
 * Makes a stream if it is not there, and gives it more copies if it has too few. Its limits are the operator's once it is
 * there.
 *
 * @returns how many copies it has.
 * @throws ConnectError as `manage` says.
 */
export async function ensureStream(connection: Connection, wanted: NamedStream): Promise<number> {
  const { name, num_replicas: replicas } = wanted;
  return await manage(connection, `stream ${name}`, async (manager) => {
    try {
      const { config } = await manager.streams.info(name);
      if (config.num_replicas < replicas) await manager.streams.update(name, { num_replicas: replicas });
      return Math.max(config.num_replicas, replicas);
    } catch (error) {
      if (!isApiError(error, streamNotFound)) throw error;
      return (await manager.streams.add(wanted)).config.num_replicas;
    }
  });
}
