import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import { positive } from '../../connection/options.ts';
import { fault } from '../../errors/fault.ts';
import { type CallScope, callScope } from '../../scope/call-scope.ts';
import { eventContract } from '../contract/event-contract.ts';
import { createBatchCollector } from './batch-collector.ts';
import { type ConsumerOptions, completeConsumerOptions } from './consumer-options.ts';
import type { EventContext } from './event-context.ts';
import type { EventBinding } from './on.ts';

/** How a consumer takes events in batches. */
export interface BatchOptions extends Omit<ConsumerOptions, 'concurrency'> {
  /** Most events of a batch. Default 100. */
  readonly maxEvents?: number;
  /** How long the first event of a batch waits for others, in milliseconds. Default 1,000; at most 30,000. */
  readonly maxWaitMs?: number;
  /** Batches that may run at once in this process. Default 1. Times `maxEvents` it may be 10,000. */
  readonly concurrency?: number;
}

/** What a handler learns about a batch. */
export interface BatchContext {
  /** Of each event, in the order of the events. */
  readonly contexts: readonly EventContext[];
  /** Aborts at the deadline of the batch, and when the worker must leave before the handler is done. */
  readonly signal: AbortSignal;
  /**
   * Says that one event failed, by its place in the batch: it is tried again, or becomes a dead letter, as if its own handler had
   * thrown the error. The others are acknowledged when the handler returns.
   */
  fail(index: number, error: unknown): void;
}

/**
 * Handles several events of one type. When it returns, or its promise resolves, all of them are acknowledged but those it named
 * by `context.fail`. When it throws, all have failed.
 */
export type BatchHandler<S extends DescMessage> = (
  events: readonly MessageShape<S>[],
  context: BatchContext,
) => unknown;

/** An event on its way through a batch, and who waits for what becomes of it. */
interface BatchEntry {
  readonly event: Message;
  readonly context: EventContext;
  readonly scope: CallScope | undefined;
  resolve(): void;
  reject(error: unknown): void;
}

const defaultTimeoutMs = 30_000;
const longestWaitMs = 30_000;

/**
 * Ties a handler to an event, whose events it gets in batches. Attempts, delays and dead letters are each event's own, as with
 * `on`. With `orderByKey` no two events of a key are in one batch, and the next waits until that batch is done.
 *
 * @throws TypeError when the message is no event, or an option cannot be used.
 */
export function onBatch<S extends DescMessage>(
  schema: S,
  options: BatchOptions,
  handler: BatchHandler<S>,
): EventBinding {
  if (typeof handler !== 'function')
    throw new TypeError(`${schema.typeName}: the handler must be a function`);
  const {
    maxEvents = 100,
    maxWaitMs = 1_000,
    concurrency = 1,
    timeoutMs = defaultTimeoutMs,
    ...others
  } = options;
  const about = (name: string) => `consumer ${options.consumer}: ${name}`;
  positive(about('maxEvents'), maxEvents, 10_000);
  positive(about('maxWaitMs'), maxWaitMs, longestWaitMs);
  positive(about('concurrency'), concurrency, 10_000);
  positive(about('timeoutMs'), timeoutMs, 2 ** 30);
  const collector = createBatchCollector<BatchEntry>({
    maxEvents,
    maxWaitMs,
    concurrency,
    run: (batch) => runBatch(batch, handler as BatchHandler<DescMessage>, timeoutMs),
  });
  return {
    contract: eventContract(schema),
    options: completeConsumerOptions({
      ...others,
      concurrency: maxEvents * concurrency,
      prefetch: options.prefetch ?? Math.max(64, maxEvents),
      // An event waits for company, and for the batch before; its own batch has the deadline that was asked for.
      timeoutMs: maxWaitMs + 2 * timeoutMs,
    }),
    handler: (event, context) =>
      new Promise<void>((resolve, reject) => {
        collector.add({ event, context, scope: callScope.getStore(), resolve, reject });
      }),
    flush: () => collector.flush(),
  };
}

async function runBatch(
  batch: readonly BatchEntry[],
  handler: BatchHandler<DescMessage>,
  timeoutMs: number,
): Promise<void> {
  const [first] = batch as readonly [BatchEntry];
  const failures = new Map<number, unknown>();
  const controller = new AbortController();
  // Settled is settled: whoever comes second changes nothing.
  const rejectAll = (error: unknown): void => {
    for (const [index, { reject }] of batch.entries())
      reject(failures.has(index) ? failures.get(index) : error);
  };
  const onLate = (): void => {
    const error = fault('DEADLINE', {
      message: `the handler of a batch of ${batch.length} events was not done within ${timeoutMs} ms`,
    });
    controller.abort(error);
    rejectAll(error);
  };
  const onLeave = (): void => controller.abort(first.context.signal.reason);
  const deadline = setTimeout(onLate, timeoutMs);
  first.context.signal.addEventListener('abort', onLeave, { once: true });
  const context: BatchContext = {
    contexts: batch.map((entry) => entry.context),
    signal: controller.signal,
    fail(index, error) {
      if (batch[index] === undefined)
        throw new RangeError(`there is no event ${index} in a batch of ${batch.length}`);
      failures.set(index, error);
    },
  };
  try {
    const events = batch.map(({ event }) => event);
    // In the scope of the first: what the handler calls has its trace, and a deadline.
    await (first.scope === undefined
      ? handler(events, context)
      : callScope.run(first.scope, () => handler(events, context)));
    for (const [index, { resolve, reject }] of batch.entries()) {
      if (failures.has(index)) reject(failures.get(index));
      else resolve();
    }
  } catch (error) {
    rejectAll(error);
  } finally {
    clearTimeout(deadline);
    first.context.signal.removeEventListener('abort', onLeave);
  }
}
