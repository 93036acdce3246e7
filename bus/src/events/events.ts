import type { DescMessage } from '@bufbuild/protobuf';
import type { Connection } from '../connection/connection.ts';
import type { RegistryWatch } from '../registry/watch-registry.ts';
import type { EventBinding } from './consume/on.ts';
import { type Consumers, openConsumers } from './consume/open-consumers.ts';
import { type ConsumerAdmin, createConsumerAdmin } from './consumers/consumer-admin.ts';
import { createContractCache } from './contract/contract-cache.ts';
import { announceEvents } from './contract/event-registry.ts';
import { type EventTypes, watchEventTypes } from './contract/watch-event-types.ts';
import { createDeadLetterSink } from './dead-letters/dead-letter-store.ts';
import { ensureDeadLetterStream } from './dead-letters/dead-letter-stream.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters/dead-letters.ts';
import { watchUnreported } from './dead-letters/unreported-events.ts';
import { createPublisher, type Publisher, type PublishOptions } from './publish/publisher.ts';
import { createReadingShare, readEvents } from './read/read-events.ts';
import type { ReadOptions } from './read/read-options.ts';
import type { EventGap, StoredEvent } from './read/stored-event.ts';
import { createScheduleRelay } from './schedules/schedule-relay.ts';
import { goWithoutSchedules } from './schedules/schedule-stream.ts';
import { createSchedules, type Schedules } from './schedules/schedules.ts';
import {
  type Applied,
  type ApplyOptions,
  applyStreams,
  type PlanOptions,
  planStreams,
  type StreamPlan,
} from './streams/stream-plan.ts';

/** Everything about events on one connection. */
export interface Events
  extends Pick<Publisher, 'publish' | 'publishAll'>,
    Pick<Schedules, 'schedule' | 'unschedule' | 'cancelDelayed'> {
  readonly schedules: Schedules['list'];
  readonly prepareEvent: Publisher['prepare'];
  readonly publishPrepared: Publisher['send'];
  planStreams(events: Iterable<DescMessage>, options?: PlanOptions): Promise<StreamPlan>;
  applyStreams(plan: StreamPlan, options?: ApplyOptions): Promise<Applied>;
  readonly deadLetters: DeadLetters;
  readonly consumers: ConsumerAdmin;
  /** Reads events from their stream, without a consumer. */
  readEvents<S extends DescMessage>(
    options: ReadOptions<S>,
  ): AsyncGenerator<StoredEvent<S> | EventGap, void, undefined>;
  /** The contract of an event as it was announced last; undefined when it never was. */
  findEvent(type: string): Promise<DescMessage | undefined>;
  /** Follows what events there are. */
  watchEventTypes(onChange: (types: EventTypes) => void): Promise<RegistryWatch>;
  /**
   * Begins to consume.
   *
   * @param worker Named in the dead letters it makes.
   * @throws TypeError for bindings that do not go together; ConnectError NO_STREAM, or when JetStream does not answer.
   */
  consume(worker: string, bindings: readonly EventBinding[]): Promise<Consumers>;
  /** Takes no more events along whose time has come. */
  leave(): Promise<void>;
  /** Resolves when nothing waits for an acknowledgement. */
  idle(): Promise<void>;
}

export function createEvents(connection: Connection): Events {
  const publisher = createPublisher(connection);
  const relay = createScheduleRelay(connection, publisher);
  const schedules = createSchedules(connection, publisher, relay);
  const publishLater: Publisher['publish'] = async (schema, event, options = {}) =>
    await schedules.publishAt(schema, event, { ...options, at: momentOf(options) });
  const contracts = createContractCache(connection);
  const share = createReadingShare(connection, contracts);
  return {
    publish: (schema, event, options) =>
      options?.at === undefined && options?.afterMs === undefined
        ? publisher.publish(schema, event, options)
        : publishLater(schema, event, options),
    schedule: schedules.schedule,
    unschedule: schedules.unschedule,
    cancelDelayed: schedules.cancelDelayed,
    schedules: schedules.list,
    leave: () => relay.stop(),
    publishAll: (schema, events, options) => publisher.publishAll(schema, events, options),
    prepareEvent: publisher.prepare,
    publishPrepared: publisher.send,
    planStreams: (events, options) => planStreams(connection, events, options),
    applyStreams: (plan, options) => applyStreams(connection, plan, options),
    deadLetters: createDeadLetters(connection, publisher, share.reader),
    consumers: createConsumerAdmin(connection, publisher),
    readEvents: (options) => readEvents(share, options),
    findEvent: contracts,
    watchEventTypes: (onChange) => watchEventTypes(connection, onChange),
    async consume(worker, bindings) {
      await ensureDeadLetterStream(connection);
      await relay.start().catch(goWithoutSchedules(connection));
      await announceEvents(
        connection,
        bindings.map(({ contract }) => contract.schema),
      );
      const sink = createDeadLetterSink(connection, publisher, worker);
      const unwatch = await watchUnreported(connection, sink);
      try {
        const consumers = await openConsumers(connection, bindings, sink);
        return {
          get running() {
            return consumers.running;
          },
          async stop(drainTimeoutMs) {
            await Promise.all([unwatch(), consumers.stop(drainTimeoutMs)]);
          },
        };
      } catch (error) {
        await unwatch();
        throw error;
      }
    },
    idle: () => publisher.idle(),
  };
}

/** When an event is to be published. */
function momentOf({ at, afterMs }: PublishOptions): Date {
  if (afterMs === undefined) return at as Date;
  if (at !== undefined) throw new TypeError('publish: give "at" or "afterMs", not both');
  if (!(Number.isFinite(afterMs) && afterMs >= 0))
    throw new TypeError(`publish: afterMs must be a number from 0, not ${afterMs}`);
  return new Date(Date.now() + afterMs);
}
