import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { consumerNotFound, isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { type DurableSpec, durableChanges, newDurable } from './consumer-group.ts';

/**
 * Makes sure that a durable is there and as its worker wants it. An existing one keeps its place in the stream.
 *
 * @param resumeAfter Last event that is known to be acknowledged with all before it: where a durable begins that was
 * deleted under its worker, so that nothing is passed over and not everything comes again.
 * @returns its state, and whether it was made.
 * @throws ConnectError NO_STREAM, or as `manage` says.
 */
export async function ensureDurable(
  connection: Connection,
  stream: string,
  { wanted, resumeAfter }: { readonly wanted: DurableSpec; readonly resumeAfter?: number | undefined },
): Promise<{ readonly info: ConsumerInfo; readonly created: boolean }> {
  const name = wanted.name;
  return await manage(connection, `consumer ${name} of stream ${stream}`, async (manager) => {
    try {
      const current = await readDurable(manager, stream, name);
      if (current !== undefined) {
        const changes = durableChanges(current.config, wanted);
        if (changes === undefined) return { info: current, created: false };
        return { info: await manager.consumers.update(stream, name, changes), created: false };
      }
      return {
        info: await manager.consumers.add(stream, newDurable(wanted, resumeAfter)),
        created: true,
      };
    } catch (error) {
      if (isApiError(error, streamNotFound)) throw noStream(stream, name);
      throw error;
    }
  });
}

/** Undefined when it is not there. */
async function readDurable(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (isApiError(error, consumerNotFound)) return undefined;
    throw error;
  }
}

export function noStream(stream: string, consumer: string) {
  return fault('NO_STREAM', {
    message: `there is no stream ${stream} for consumer ${consumer}; apply the contracts with "npm run events -- apply"`,
    fate: 'never-started',
    facts: { stream, consumer },
  });
}
