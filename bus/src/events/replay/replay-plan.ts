import { Code, ConnectError } from '@connectrpc/connect';
import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { isApiError, manage, messageNotFound } from '../../jetstream/manage.ts';
import { deliversRetries, handledBases } from '../consume/consumer-group.ts';
import { consumerStatus } from '../consumers/consumer-status.ts';
import { findConsumer, type KnownConsumer, readConsumers } from '../consumers/read-consumers.ts';
import { eventContract } from '../contract/event-contract.ts';
import { findEvent } from '../contract/event-registry.ts';
import { allOf, eventName, isRetry } from '../contract/event-subject.ts';

/** Which events come to whom again. */
export interface ReplayRequest {
  /** Who handles them again; nobody else does. */
  readonly consumer: string;
  /** The stream they are in. May be left out where only one stream has such a consumer. */
  readonly stream?: string | undefined;
  /** Full names of events. Default: all that the consumer handles. */
  readonly events?: readonly string[] | undefined;
  /** The first, by its place in the stream or by when it was stored. */
  readonly from: number | Date;
  /** The last. Default: the last of the stream as it is now. */
  readonly to?: number | Date | undefined;
}

/** What a replay would do. */
export interface ReplayPlan {
  readonly stream: string;
  readonly consumer: string;
  /** The events whose handlers will run, as their subjects name them. */
  readonly events: readonly string[];
  /** What stands before partition and key in their subjects. */
  readonly bases: readonly string[];
  /** Places of the first and the last event in the stream. */
  readonly from: number;
  readonly to: number;
  /** How many events there are. While others are published, those of the same moment may be miscounted. */
  readonly count: number;
  /** Whether the consumer keeps the order of keys, which the replay then does too. */
  readonly ordered: boolean;
  /** Whether an instance waits for events now. */
  readonly listening: boolean;
  /** Until when the consumer is paused, and a replay would wait. */
  readonly pausedUntil: Date | undefined;
}

/**
 * Finds out what a replay would do. Nothing is delivered.
 *
 * @throws ConnectError NO_CONSUMER (NOT_FOUND); INVALID_ARGUMENT where the stream must be named, for a range that ends
 * before it begins, and for an event that the consumer does not handle; FAILED_PRECONDITION for a broadcast consumer.
 */
export async function planReplay(connection: Connection, request: ReplayRequest): Promise<ReplayPlan> {
  const known = await findTarget(connection, request);
  const { stream, consumer, durables } = known;
  const status = consumerStatus(durables, {
    stream,
    consumer,
    oldestUnhandled: undefined,
    partitionsOf: new Map(),
  });
  const retries = durables.find(({ name }) => deliversRetries(name));
  if (retries === undefined) {
    throw new ConnectError(
      `consumer ${consumer} of stream ${stream} has no durable for repetitions: a broadcast consumer begins anew where its option startFrom says`,
      Code.FailedPrecondition,
    );
  }
  const bases = await wantedBases(connection, known, request.events);
  return await manage(connection, `stream ${stream}`, async (manager) => {
    const { state } = await manager.streams.info(stream);
    const from = Math.max(state.first_seq, await placeOf(manager, stream, request.from, state.last_seq + 1));
    const end =
      request.to === undefined
        ? state.last_seq
        : typeof request.to === 'number'
          ? request.to
          : // The last one at or before the moment stands before the first one after it.
            (await placeOf(manager, stream, new Date(request.to.getTime() + 1), state.last_seq + 1)) - 1;
    const to = Math.min(end, state.last_seq);
    if (typeof request.from === 'number' && typeof request.to === 'number' && request.to < request.from)
      throw invalid(`a replay cannot end at ${request.to} when it begins at ${request.from}`);
    return {
      stream,
      consumer,
      events: bases.map(eventName),
      bases,
      from,
      to,
      count: from > to ? 0 : await countBetween(manager, { stream, from, to, subjects: bases.map(allOf) }),
      ordered: status.mode === 'ordered',
      listening: retries.num_waiting > 0,
      pausedUntil: status.pausedUntil,
    };
  });
}

async function findTarget(
  connection: Connection,
  { stream, consumer }: ReplayRequest,
): Promise<KnownConsumer> {
  if (stream !== undefined) return await findConsumer(connection, stream, consumer);
  const found = await readConsumers(connection, { consumer });
  const [only, ...others] = found;
  if (others.length > 0) {
    throw invalid(
      `several streams have a consumer ${consumer}: ${found.map((one) => one.stream).join(', ')}; say which`,
    );
  }
  if (only === undefined) {
    throw fault('NO_CONSUMER', {
      message: `no stream of events has a consumer ${consumer}; a worker that handles events makes it`,
      fate: 'never-started',
      facts: { consumer },
    });
  }
  return only;
}

/** Bases of the events that are asked for, of those that the consumer handles. */
async function wantedBases(
  connection: Connection,
  { consumer, durables }: KnownConsumer,
  events: readonly string[] | undefined,
): Promise<string[]> {
  const handled = new Set(
    durables.flatMap(({ config }) => handledBases(config)).filter((base) => !isRetry(base)),
  );
  if (events === undefined) return [...handled].toSorted();
  const bases: string[] = [];
  for (const type of events) {
    const base =
      [...handled].find((one) => eventName(one) === type) ?? (await baseByContract(connection, type));
    if (base === undefined || !handled.has(base)) {
      throw invalid(
        `consumer ${consumer} does not handle ${type}; it handles ${[...handled].map(eventName).join(', ')}`,
      );
    }
    bases.push(base);
  }
  return bases.toSorted();
}

/** An event's subject need not be named as its message. */
async function baseByContract(connection: Connection, type: string): Promise<string | undefined> {
  const schema = await findEvent(connection, type);
  return schema === undefined ? undefined : eventContract(schema).base;
}

/** The first place at or after a moment; `beyond` when there is none. */
async function placeOf(
  manager: JetStreamManager,
  stream: string,
  at: number | Date,
  beyond: number,
): Promise<number> {
  if (typeof at === 'number') return at;
  try {
    return (await manager.direct.getMessage(stream, { start_time: at }))?.seq ?? beyond;
  } catch (error) {
    if (isApiError(error, messageNotFound)) return beyond;
    throw error;
  }
}

/** Looks at a stream that is written to: so often until nothing came between the two counts. */
const countAttempts = 5;

async function countBetween(
  manager: JetStreamManager,
  range: {
    readonly stream: string;
    readonly from: number;
    readonly to: number;
    readonly subjects: readonly string[];
  },
): Promise<number> {
  let behind = await countFrom(manager, range, range.to + 1);
  for (let attempt = 1; ; attempt++) {
    const all = await countFrom(manager, range, range.from);
    const behindNow = await countFrom(manager, range, range.to + 1);
    if (behindNow === behind || attempt === countAttempts) return Math.max(0, all - behindNow);
    behind = behindNow;
  }
}

/** Events from a place on: what a consumer that begins there has before it. */
async function countFrom(
  manager: JetStreamManager,
  { stream, subjects }: { readonly stream: string; readonly subjects: readonly string[] },
  from: number,
): Promise<number> {
  const { name, num_pending: count } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    replay_policy: ReplayPolicy.Instant,
    opt_start_seq: from,
    filter_subjects: [...subjects],
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: 5_000_000_000,
  });
  await manager.consumers.delete(stream, name);
  return count;
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
