import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import type { Connection } from '../../connection/connection.ts';
import { positive } from '../../connection/options.ts';
import { fault } from '../../errors/fault.ts';
import { callScope } from '../../scope/call-scope.ts';
import { attribute } from '../../tracing/attributes.ts';
import type { TraceParent } from '../../tracing/tracing.ts';
import { type AckTable, createAckTable, type Stored } from './ack-table.ts';
import {
  createEventPreparer,
  type EventDetails,
  type EventOrigin,
  type EventPreparer,
  type PreparedEvent,
} from './prepare-event.ts';
import { publishBatch } from './publish-batch.ts';

/** How one event is published. */
export interface PublishOptions extends EventDetails {
  /**
   * How long to try, in milliseconds. Default 15,000: an election in a cluster takes up to 9 s. Never longer than
   * what is left to the handler it is published in.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Publish it at this moment instead of now. The broker keeps it until then, and `publish` resolves when it does. One with
   * the same id that waits is replaced. The server's clock counts.
   */
  readonly at?: Date | undefined;
  /** Publish it so long from now, in milliseconds from 0. */
  readonly afterMs?: number | undefined;
  /** Stops waiting. The event may be stored all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** The broker's word that an event is stored. */
export interface Published extends Stored {
  /** CloudEvents id. */
  readonly id: string;
}

/** How many events are published. */
export interface PublishAllOptions<S extends DescMessage> {
  /** Events without an acknowledgement at any time. Default 256: more gained nothing when it was measured. */
  readonly window?: number;
  /** How long to try each event, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
  /** Stops reading. What is on its way is waited for. */
  readonly signal?: AbortSignal;
  /** Details of an event. Default: a random id, now. */
  readonly details?: (event: MessageInitShape<S>) => EventDetails;
  /** Hears of each event once it is stored, in order within a key. */
  readonly onPublished?: (published: Published) => void;
}

/** What a batch came to. */
export interface BatchPublished {
  readonly published: number;
  /** Of these, events that the broker had already. */
  readonly duplicates: number;
}

/** The publishing side of a connection. */
export interface Publisher {
  publish<S extends DescMessage>(
    schema: S,
    event: MessageInitShape<S>,
    options?: PublishOptions,
  ): Promise<Published>;
  publishAll<S extends DescMessage>(
    schema: S,
    events: Iterable<MessageInitShape<S>> | AsyncIterable<MessageInitShape<S>>,
    options?: PublishAllOptions<S>,
  ): Promise<BatchPublished>;
  /** Checks an event and makes it bytes, without publishing it. Of its options only the details count. */
  prepare<S extends DescMessage>(
    schema: S,
    event: MessageInitShape<S>,
    details?: EventDetails & EventOrigin,
  ): PreparedEvent;
  /** Publishes what is prepared already. */
  send(event: PreparedEvent, options: Pick<PublishOptions, 'timeoutMs' | 'signal'>): Promise<Published>;
  /** Resolves when nothing waits for an acknowledgement. */
  idle(): Promise<void>;
}

/** How long an event is tried, in milliseconds: twice the longest election, nearly. */
export const defaultPublishTimeoutMs = 15_000;
const defaultWindow = 256;
const maxWindow = 65_536;

export function createPublisher(connection: Connection): Publisher {
  const table: AckTable = createAckTable(connection);
  const source = `/${connection.options.name}`;
  const { stats, tracing } = connection;
  const preparers = new Map<DescMessage, EventPreparer<DescMessage>>();
  const preparerOf = <S extends DescMessage>(schema: S): EventPreparer<S> => {
    let preparer = preparers.get(schema);
    if (preparer === undefined) {
      preparer = createEventPreparer<DescMessage>(schema, source);
      preparers.set(schema, preparer);
    }
    return preparer as unknown as EventPreparer<S>;
  };

  const send: Publisher['send'] = (event, { timeoutMs, signal }) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) throw cancelled('never-started', signal.reason);
      let number = -1;
      const onAbort = (): void => {
        table.forget(number);
        reject(cancelled('may-have-run', signal?.reason));
      };
      const release = (): void => signal?.removeEventListener('abort', onAbort);
      const { subject, head, body, id } = event;
      number = table.publish({
        subject,
        head,
        body,
        timeoutMs: timeLeftMs(timeoutMs),
        onStored({ stream, sequence, duplicate }) {
          release();
          resolve({ id, stream, sequence, duplicate });
        },
        onFailed(error) {
          release();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  return {
    prepare: (schema, event, details = noDetails) =>
      preparerOf(schema).prepare(event, details, traceOf(details) ?? callScope.getStore()),
    send,
    async publish(schema, event, options = {}) {
      const preparer = preparerOf(schema);
      const recorder = stats.published.of(preparer.contract.type);
      const scope = callScope.getStore();
      const beganAtMs = performance.now();
      const span = tracing?.sent(preparer.shape, scope, beganAtMs);
      try {
        const prepared = preparer.prepare(event, options, span ?? scope);
        span?.set(attribute.messagingMessageId, prepared.id);
        const published = await send(prepared, options);
        recorder.stored(performance.now() - beganAtMs);
        span?.set(attribute.stream, published.stream);
        span?.set(attribute.sequence, published.sequence);
        span?.end();
        return published;
      } catch (error) {
        recorder.failed();
        span?.endFailed(error);
        throw error;
      }
    },
    async publishAll(schema, events, options = {}) {
      const { details, onPublished, signal, timeoutMs } = options;
      const window = positive('publishAll: window', options.window ?? defaultWindow, maxWindow);
      const preparer = preparerOf(schema);
      const prepare = (event: MessageInitShape<typeof schema>) =>
        preparer.prepare(event, details === undefined ? noDetails : details(event), trace);
      const recorder = stats.published.of(preparer.contract.type);
      const scope = callScope.getStore();
      // One span for all of them: there may be millions.
      const span = tracing?.sent(preparer.shape, scope, performance.now());
      const trace = span ?? scope;
      let published = 0;
      let duplicates = 0;
      try {
        await publishBatch(table, prepared(events, prepare), {
          window,
          timeoutMs: timeLeftMs(timeoutMs),
          signal,
          onStored({ stream, sequence, duplicate }, { id }) {
            published++;
            recorder.stored(undefined);
            if (duplicate) duplicates++;
            onPublished?.({ id, stream, sequence, duplicate });
          },
        });
      } catch (error) {
        recorder.failed();
        span?.set(attribute.messagingBatchCount, published);
        span?.endFailed(error);
        throw error;
      }
      span?.set(attribute.messagingBatchCount, published);
      span?.end();
      return { published, duplicates };
    },
    idle: () => table.idle(),
  };
}

const noDetails: EventDetails = {};

function traceOf({ traceparent, tracestate }: EventOrigin): TraceParent | undefined {
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}

function prepared<T>(
  events: Iterable<T> | AsyncIterable<T>,
  prepare: (event: T) => PreparedEvent,
): Iterable<PreparedEvent> | AsyncIterable<PreparedEvent> {
  return Symbol.iterator in events ? eachOf(events, prepare) : eachComing(events, prepare);
}

function* eachOf<T>(events: Iterable<T>, prepare: (event: T) => PreparedEvent): Iterable<PreparedEvent> {
  for (const event of events) yield prepare(event);
}

async function* eachComing<T>(
  events: AsyncIterable<T>,
  prepare: (event: T) => PreparedEvent,
): AsyncIterable<PreparedEvent> {
  for await (const event of events) yield prepare(event);
}

/** @throws ConnectError DEADLINE when the handler that publishes has no time left. */
function timeLeftMs(timeoutMs = defaultPublishTimeoutMs): number {
  positive('publish: timeoutMs', Math.ceil(timeoutMs), 2 ** 31 - 1);
  const scope = callScope.getStore();
  const leftMs =
    scope === undefined ? timeoutMs : Math.min(timeoutMs, scope.deadlineAtMs - performance.now());
  if (leftMs > 0) return leftMs;
  throw fault('DEADLINE', {
    message: 'the handler that publishes has no time left (the event was not sent)',
    fate: 'never-started',
  });
}

function cancelled(fate: 'never-started' | 'may-have-run', reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  return fault('CANCELLED', {
    message:
      fate === 'never-started'
        ? 'cancelled before the event was sent'
        : 'cancelled while the event was on its way (it may have been stored)',
    fate,
    cause: reason,
  });
}
