import { ConnectError } from '@connectrpc/connect';
import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';
import { durablesOf, groupBindings } from '../events/consume/consumer-group.ts';
import { completeConsumerOptions } from '../events/consume/consumer-options.ts';
import { ensureDurable } from '../events/consume/ensure-durable.ts';
import { createEventConsumer } from '../events/consume/event-consumer.ts';
import { type LateHandlers, leaveConsumer } from '../events/consume/leave-consumer.ts';
import type { EventBinding } from '../events/consume/on.ts';
import { createPlaces } from '../events/consume/places.ts';
import { createPullLoop } from '../events/consume/pull-loop.ts';
import { createArrivalQueue } from '../events/consume/work-queue.ts';
import { readEventSubject } from '../events/contract/event-subject.ts';
import { streamSettings } from '../events/contract/stream-settings.ts';
import type { DeadLetterSink } from '../events/dead-letters/dead-letter-sink.ts';
import { throughElections } from '../jetstream/through-elections.ts';
import type { ServiceBinding } from '../rpc/server/implement.ts';
import { unaryMethod } from '../rpc/server/unary-method.ts';
import { callBase, ensureQueue, queueName } from './call-queue.ts';
import type { CancelNotices } from './cancel-notices.ts';
import { type DurableContract, durableContract } from './durable-contract.ts';
import { ensureOperationsBucket, type OperationRecords } from './operation-records.ts';
import { readRefToken } from './operation-ref.ts';
import { runOperation, storeOutcome } from './run-operation.ts';

/** A durable method with its handler. */
export interface DurableBinding {
  readonly contract: DurableContract;
  readonly service: ServiceBinding;
}

/** The durable calls that a worker runs. */
export interface DurableCalls {
  /** Attempts that run. */
  readonly running: number;
  /** Hands back what has not begun, finishes what runs, at most for `drainTimeoutMs`, and hands back the rest. */
  stop(drainTimeoutMs: number): Promise<void>;
}

export interface DurableParts {
  readonly connection: Connection;
  readonly records: OperationRecords;
  readonly notices: CancelNotices;
}

/**
 * The durable methods among those that a worker serves.
 *
 * @throws TypeError naming the method whose option cannot be used.
 */
export function durableBindings(services: readonly ServiceBinding[]): DurableBinding[] {
  return services.flatMap((service) =>
    service.service.methods.flatMap((method) => {
      const contract = durableContract(method);
      return contract === undefined || service.handler(method) === undefined ? [] : [{ contract, service }];
    }),
  );
}

/** Makes what durable calls are kept in. Before the methods are announced: from then on they may be called. */
export async function prepareDurableCalls(
  connection: Connection,
  bindings: readonly DurableBinding[],
): Promise<void> {
  if (bindings.length === 0) return;
  // A queue has as many copies as the bucket: a call is as safe as the less safe of the two.
  const replicas = await throughElections(connection, () => ensureOperationsBucket(connection));
  for (const service of new Set(bindings.map(({ contract }) => contract.service))) {
    await throughElections(connection, () => ensureQueue(connection, service, replicas));
  }
}

/** Calls that may wait in a process for a place: they are handed back when it leaves. */
const prefetch = 16;
/** How long the broker waits for a sign of life, in milliseconds: what a killed worker held is taken up again then. */
const ackWaitMs = 5_000;

/** Begins to run durable calls. */
export async function openDurableCalls(
  parts: DurableParts,
  bindings: readonly DurableBinding[],
): Promise<DurableCalls> {
  const open: DurableCalls[] = [];
  try {
    for (const binding of bindings) open.push(await openMethod(parts, binding));
  } catch (error) {
    await Promise.all(open.map((one) => one.stop(1)));
    throw error;
  }
  return {
    get running() {
      return open.reduce((sum, { running }) => sum + running, 0);
    },
    async stop(drainTimeoutMs) {
      await Promise.all(open.map((one) => one.stop(drainTimeoutMs)));
    },
  };
}

/** A durable method is consumed like an event whose message is the request: same pulls, places, retries and drain. */
async function openMethod(
  { connection, records, notices }: DurableParts,
  { contract, service }: DurableBinding,
): Promise<DurableCalls> {
  const { method } = contract;
  const { interceptors, maxConcurrency } = service.options;
  const handler = service.handler(method);
  if (handler === undefined) throw new TypeError(`${contract.name} has no handler`);
  const runner = {
    connection,
    contract,
    method: unaryMethod(method, handler, interceptors),
    records,
    notices,
  };
  const stream = queueName(contract.service);
  const binding: EventBinding = {
    contract: {
      schema: method.input,
      type: method.input.typeName,
      base: callBase(contract.service, method.name),
      readKey: undefined,
      stream: { ...streamSettings(method.input), name: stream },
    },
    options: completeConsumerOptions({
      consumer: method.name,
      concurrency: Math.min(maxConcurrency, 10_000),
      prefetch,
      maxAttempts: contract.maxAttempts,
      firstDelayMs: contract.firstDelayMs,
      maxDelayMs: contract.maxDelayMs,
      timeoutMs: contract.attemptTimeoutMs,
      ackWaitMs,
    }),
    handler: (request, context) => runOperation(runner, request, context),
  };
  const [group] = groupBindings([binding]);
  if (group === undefined) throw new Error('one binding makes one group');
  const [spec] = durablesOf(group);
  const prepare = async (): Promise<void> => {
    await ensureQueue(connection, contract.service);
    await ensureDurable(connection, stream, { wanted: spec });
  };
  await throughElections(connection, prepare);
  const consumer = createEventConsumer({
    connection,
    group,
    deadLetters: outcomeSink(records, contract),
    queue: createArrivalQueue(),
    places: createPlaces(group.options.concurrency),
    retriesHere: false,
    isHandledElsewhere: () => true,
    onRoom: () => loop.poke(),
    onBlocked: () => loop.suspend(),
  });
  const loop = createPullLoop({
    connection,
    stream,
    durable: spec.name,
    capacity: group.options.concurrency + prefetch,
    held: () => consumer.heldOf(spec.name),
    onEvent: (message, ackSubject) => consumer.take(message, ackSubject),
    prepare,
  });
  return {
    get running() {
      return consumer.running;
    },
    stop: (drainTimeoutMs) =>
      leaveConsumer(connection, consumer, {
        loops: [loop],
        drainTimeoutMs,
        late: lateAttempts(contract),
      }),
  };
}

/** What would be a dead letter of an event is the outcome of a call. */
function outcomeSink(records: OperationRecords, { name }: DurableContract): DeadLetterSink {
  return {
    async store({ subject, error }) {
      const ref = readRefToken(readEventSubject(subject)?.key ?? '');
      if (ref === undefined) return;
      await storeOutcome(records, { ref, outcome: { kind: 'error', error: finalError(name, error) } });
    },
  };
}

function finalError(name: string, error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return fault('HANDLER_FAILED', {
    message: `${name}: the handler failed unexpectedly`,
    facts: { method: name },
    cause: error,
  });
}

function lateAttempts({ name }: DurableContract): LateHandlers {
  return {
    about: { method: name },
    text: 'durable calls still ran at the end of the drain time; another worker begins them anew',
    reason: fault('DRAIN_TIMEOUT', {
      message: `${name}: the worker is leaving and could not wait for the handler`,
    }),
  };
}
