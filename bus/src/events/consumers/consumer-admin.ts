import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { manage } from '../../jetstream/manage.ts';
import { readLeases } from '../order/lease-book.ts';
import type { Publisher } from '../publish/publisher.ts';
import { type ReplayOptions, type ReplayProgress, replay } from '../replay/replay.ts';
import { planReplay, type ReplayPlan, type ReplayRequest } from '../replay/replay-plan.ts';
import { type ConsumerStatus, consumerStatus } from './consumer-status.ts';
import { oldestUnhandled } from './oldest-unhandled.ts';
import { type ConsumerFilter, findConsumer, type KnownConsumer, readConsumers } from './read-consumers.ts';

/** Looks after the consumers of events. Every method throws ConnectError UNAVAILABLE when JetStream does not answer. */
export interface ConsumerAdmin {
  /** How they are getting on, in order of stream and name. */
  list(filter?: ConsumerFilter): Promise<readonly ConsumerStatus[]>;
  /**
   * Delivers nothing more to a consumer, all its durables included, until a moment; then it goes on by itself. What its
   * instances have already, they finish. Pausing it again sets another moment.
   *
   * @throws ConnectError NO_CONSUMER (NOT_FOUND); INVALID_ARGUMENT for a moment that is past.
   */
  pause(stream: string, consumer: string, until: Date): Promise<ConsumerStatus>;
  /** Lets a paused consumer go on; one that is not paused is left as it is. @throws ConnectError NO_CONSUMER (NOT_FOUND). */
  resume(stream: string, consumer: string): Promise<ConsumerStatus>;
  /** What a replay would do; see `ReplayRequest`. Nothing is delivered. */
  planReplay(request: ReplayRequest): Promise<ReplayPlan>;
  /**
   * Delivers what was planned again to that consumer, and to no other. Its place in the stream stays where it is, and live
   * events go on beside it. Resolves when every event is handled, or a dead letter.
   *
   * @throws ConnectError CANCELLED or STALLED, with where to go on in its facts; those of `publish`.
   */
  replay(plan: ReplayPlan, options?: ReplayOptions): Promise<ReplayProgress>;
}

export function createConsumerAdmin(
  connection: Connection,
  publisher: Pick<Publisher, 'send'>,
): ConsumerAdmin {
  const statusOf = async ({ stream, consumer, durables }: KnownConsumer): Promise<ConsumerStatus> =>
    consumerStatus(durables, {
      stream,
      consumer,
      oldestUnhandled: await manage(connection, `stream ${stream}`, (manager) =>
        oldestUnhandled(manager, stream, durables),
      ),
      partitionsOf: await partitionsOf(connection, stream, consumer),
    });
  const now = async (stream: string, consumer: string): Promise<ConsumerStatus> =>
    await statusOf(await findConsumer(connection, stream, consumer));
  return {
    list: async (filter = {}) => await Promise.all((await readConsumers(connection, filter)).map(statusOf)),
    async pause(stream, consumer, until) {
      // The broker takes a moment that is past for "not paused".
      if (!(until.getTime() > Date.now())) {
        throw new ConnectError(
          `consumer ${consumer} can only be paused until a moment in the future`,
          Code.InvalidArgument,
        );
      }
      const { durables } = await findConsumer(connection, stream, consumer);
      await manage(connection, `consumer ${consumer} of stream ${stream}`, (manager) =>
        Promise.all(durables.map(({ name }) => manager.consumers.pause(stream, name, until))),
      );
      return await now(stream, consumer);
    },
    async resume(stream, consumer) {
      const { durables } = await findConsumer(connection, stream, consumer);
      await manage(connection, `consumer ${consumer} of stream ${stream}`, (manager) =>
        Promise.all(durables.map(({ name }) => manager.consumers.resume(stream, name))),
      );
      return await now(stream, consumer);
    },
    planReplay: (request) => planReplay(connection, request),
    replay: (plan, options) => replay(connection, publisher, plan, options),
  };
}

/** Who takes part in an ordered consumer, with what each owns. */
async function partitionsOf(
  connection: Connection,
  stream: string,
  consumer: string,
): Promise<Map<string, number[]>> {
  const { members, leases } = await readLeases(connection, stream, consumer);
  const owned = new Map<string, number[]>(members.toSorted().map((member) => [member, []]));
  for (const [partition, { owner }] of leases) {
    if (owner !== '')
      owned.set(
        owner,
        [...(owned.get(owner) ?? []), partition].toSorted((a, b) => a - b),
      );
  }
  return owned;
}
