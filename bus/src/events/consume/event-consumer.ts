import { DeadLetterReason } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import { createDeadlineQueue } from '../../connection/deadline-queue.ts';
import { headerBlock } from '../../connection/raw-message.ts';
import { fault } from '../../errors/fault.ts';
import { callScope } from '../../scope/call-scope.ts';
import { runInScope } from '../../scope/run-in-scope.ts';
import { isRetry } from '../contract/event-subject.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { type Acknowledger, createAcknowledger } from './acknowledge.ts';
import { type ConsumerGroup, deliversRetries } from './consumer-group.ts';
import { createDeliveryReader } from './delivery.ts';
import { HandledEvent } from './event-context.ts';
import { createEventObserver, type FailedFate } from './event-observer.ts';
import type { EventEndpoint, EventWork } from './event-work.ts';
import { failureVerdict } from './failure-verdict.ts';
import { createHeldEvents, type HeldEvents } from './held-events.ts';
import type { Places } from './places.ts';
import { createEventReader, type ReadEvent } from './read-event.ts';
import type { WorkQueue } from './work-queue.ts';

/** The events of some durables in this process: those that wait, those that run, and what becomes of them. */
export interface EventConsumer {
  /** Events of a durable that are here and not settled. */
  heldOf(durable: string): number;
  /** Whether the event of this place is here and not settled. */
  holds(sequence: number): boolean;
  /** Events whose handler runs. */
  readonly running: number;
  /** Takes an event from the broker. */
  take(message: Msg, ackSubject: string): void;
  /** Begins what may be begun now, when `mayStart` has changed its mind. */
  start(): void;
  /** Begins nothing more: hands back at once what waits, and from now on whatever comes. */
  handBack(): void;
  /** Resolves when no handler runs. */
  idle(): Promise<void>;
  /** Hands back what still runs, and tells its handlers to stop. */
  abandon(reason: ConnectError): void;
  close(): void;
}

export interface EventConsumerInit {
  readonly connection: Connection;
  readonly group: ConsumerGroup;
  readonly deadLetters: DeadLetterSink;
  readonly queue: WorkQueue;
  readonly places: Places;
  /**
   * Whether a failed event is tried again here, keeping its place in the queue, rather than given back to the broker:
   * what must follow it then waits.
   */
  readonly retriesHere: boolean;
  /** Whether a handler may begin now. Default: yes. */
  mayStart?(): boolean;
  /** Hears of each event the broker has been told of as handled, by its place in the stream. */
  onHandled?(sequence: number): void;
  /** Whether an event was handled here before: it is acknowledged once more, and not run. */
  wasHandled?(sequence: number): boolean;
  /** Whether another version of this worker handles events of this base. */
  isHandledElsewhere(base: string): boolean;
  /** There is room for more events. */
  onRoom(): void;
  /** Every place is taken by a handler past its deadline: nothing can be begun until one of them ends. */
  onBlocked(): void;
}

/** Wait for an event without a handler here, in milliseconds: another version of the worker has one. */
const strangerDelayMs = 1_000;
/** Wait when a dead letter could not be stored, in milliseconds: the event stays where it is until it can. */
const unstoredDelayMs = 10_000;

/** Told to the broker, whose advisories show it. */
const reasonTexts: Readonly<Record<number, string>> = {
  [DeadLetterReason.ATTEMPTS_EXHAUSTED]: 'attempts exhausted',
  [DeadLetterReason.TERMINAL_ERROR]: 'terminal error',
  [DeadLetterReason.UNREADABLE]: 'unreadable',
};

const attemptOver = new ConnectError('the attempt is over', Code.Canceled);

/** One function, because every transition of an event touches the same few counters, and reads best beside the others. */
export function createEventConsumer(init: EventConsumerInit): EventConsumer {
  const { connection, group, deadLetters, queue, places, retriesHere } = init;
  const { mayStart = () => true, onHandled = () => {}, wasHandled = () => false } = init;
  const { options, consumer } = group;
  const { ticker, log } = connection;
  const acknowledger: Acknowledger = createAcknowledger(connection);
  const readDelivery = createDeliveryReader();
  const endpoints = new Map<string, EventEndpoint>();
  for (const [base, binding] of group.bindings) {
    const { contract } = binding;
    endpoints.set(base, {
      binding,
      read: createEventReader(contract),
      observer: createEventObserver(connection, consumer, contract),
    });
  }
  const held: HeldEvents = createHeldEvents(acknowledger, options.ackWaitMs);
  const deadlines = createDeadlineQueue<EventWork>();
  const pauses = createDeadlineQueue<EventWork>();
  const idleWaiters = new Set<() => void>();
  let running = 0;
  // Places whose handlers go on although their events are settled.
  let overdue = 0;
  let starting = false;
  let leaving = false;

  const settled = (work: EventWork): void => {
    work.state = 'settled';
    queue.done(work);
    held.remove(work);
  };
  const freed = (): void => {
    running--;
    places.give();
    init.onRoom();
    if (running > 0) return;
    for (const wake of idleWaiters) wake();
    idleWaiters.clear();
  };

  /** @param knownMs the time now, for whoever has just looked. */
  const start = (knownMs?: number): void => {
    // A handler that is done at once frees its place in the middle of this loop, which then goes on by itself.
    if (starting) return;
    starting = true;
    let nowMs = knownMs;
    // Nobody takes a place without need: giving it back would wake all others for nothing.
    while (!leaving && queue.hasNext && mayStart() && places.take()) {
      const work = queue.next() as EventWork;
      running++;
      run(work, nowMs ?? performance.now());
      nowMs = undefined;
    }
    starting = false;
  };

  const run = (work: EventWork, nowMs: number): void => {
    const { endpoint, delivery } = work;
    work.state = 'running';
    if (endpoint === undefined) {
      // A consumer of several types reads those beside them too.
      if (init.isHandledElsewhere(baseOf(work.message.subject)))
        acknowledger.nak(work.ackSubject, strangerDelayMs);
      else acknowledger.ack(work.ackSubject);
      settled(work);
      freed();
      return;
    }
    let read: ReadEvent;
    try {
      read = endpoint.read(work.message);
    } catch (error) {
      endpoint.observer.unreadable();
      void giveUp(work, DeadLetterReason.UNREADABLE, error).finally(freed);
      return;
    }
    const attempt = delivery.count + work.retries;
    const context = new HandledEvent({
      contract: endpoint.binding.contract,
      consumer,
      subject: work.message.subject,
      delivery,
      attempt,
      head: read.head,
      deadlineAtMs: nowMs + options.timeoutMs,
      beganAtMs: nowMs,
      span: endpoint.observer.begins({ head: read.head, delivery, attempt }, nowMs),
    });
    work.context = context;
    let result: unknown;
    try {
      const { handler } = endpoint.binding;
      result =
        context.span === undefined
          ? callScope.run(context, handler, read.event, context)
          : runInScope(context, handler, read.event, context);
    } catch (thrown) {
      onThrown(work, thrown);
      return;
    }
    if (!isPromiseLike(result)) {
      onDone(work);
      return;
    }
    // One that is done at once needs none.
    work.deadline = deadlines.add(work, options.timeoutMs, nowMs);
    ticker.wake();
    result.then(
      () => onDone(work),
      (thrown: unknown) => onThrown(work, thrown),
    );
  };

  const ended = (work: EventWork): void => {
    if (work.deadline !== undefined) deadlines.remove(work.deadline);
    work.context?.end(attemptOver);
  };
  const onDone = (work: EventWork): void => {
    ended(work);
    if (work.state !== 'running') {
      freedLate(work);
      return;
    }
    acknowledger.ack(work.ackSubject);
    onHandled(work.delivery.sequence);
    const { endpoint, context } = work;
    if (endpoint !== undefined && context !== undefined) endpoint.observer.handled(context);
    settled(work);
    freed();
  };
  const onThrown = (work: EventWork, thrown: unknown): void => {
    ended(work);
    if (work.state === 'running') void fail(work, thrown).finally(freed);
    else freedLate(work);
  };
  /** The broker was told before the handler was done: its deadline passed, or the worker must leave. */
  const freedLate = (work: EventWork): void => {
    if (work.overdue) overdue--;
    freed();
  };

  /** An attempt failed: again later, or never. */
  const fail = async (work: EventWork, thrown: unknown): Promise<void> => {
    const attempt = work.delivery.count + work.retries;
    const traceparent = work.context?.traceparent;
    const about = { err: thrown, event: work.message.subject, consumer, attempt, traceparent };
    const verdict = failureVerdict(thrown, attempt, options);
    noteFailure(work, thrown, {
      outcome: verdict.kind === 'again' ? 'retried' : 'dead-lettered',
      ...(verdict.kind === 'again' ? { delayMs: verdict.delayMs } : { reason: reasonTexts[verdict.reason] }),
    });
    if (verdict.kind === 'dead-letter') {
      log.warn({ ...about, reason: reasonTexts[verdict.reason] }, 'an event failed for good');
      await giveUp(work, verdict.reason, thrown);
      return;
    }
    const { delayMs } = verdict;
    log.warn({ ...about, delayMs: Math.round(delayMs) }, 'an event failed and will be tried again');
    if (retriesHere && !leaving) pauseFor(work, delayMs);
    else handBackOne(work, delayMs);
  };
  const noteFailure = ({ endpoint, context }: EventWork, thrown: unknown, fate: FailedFate): void => {
    if (endpoint !== undefined && context !== undefined) endpoint.observer.failed(context, thrown, fate);
  };
  const pauseFor = (work: EventWork, delayMs: number): void => {
    work.state = 'pausing';
    work.retries++;
    pauses.add(work, delayMs, performance.now());
    ticker.wake();
  };
  const handBackOne = (work: EventWork, delayMs: number): void => {
    acknowledger.nak(work.ackSubject, delayMs);
    settled(work);
  };

  const giveUp = async (work: EventWork, reason: DeadLetterReason, error: unknown): Promise<void> => {
    work.state = 'storing';
    const { message, delivery, endpoint, retries } = work;
    try {
      await deadLetters.store({
        consumer,
        type: endpoint?.binding.contract.type ?? '',
        subject: message.subject,
        delivery: { ...delivery, count: delivery.count + retries },
        head: headerBlock(message),
        body: message.data,
        reason,
        error,
      });
      acknowledger.term(work.ackSubject, reasonTexts[reason] ?? 'dead letter');
      onHandled(delivery.sequence);
    } catch (unstored) {
      log.error(
        { err: unstored, event: message.subject, consumer },
        'a dead letter could not be stored; the event will come again',
      );
      if (retriesHere && !leaving) {
        pauseFor(work, unstoredDelayMs);
        return;
      }
      acknowledger.nak(work.ackSubject, unstoredDelayMs);
    }
    settled(work);
  };

  const onDeadline = (work: EventWork): void => {
    work.deadline = undefined;
    if (work.state !== 'running') return;
    const error = fault('DEADLINE', { message: `the handler was not done within ${options.timeoutMs} ms` });
    const { context } = work;
    // Nothing may follow it, nor may it begin again, before the handler has ended: its signal tells it to.
    if (!retriesHere) {
      // The place of the handler stays taken until it ends: it may still be using what the place stands for.
      work.overdue = true;
      overdue++;
      void fail(work, error);
    }
    context?.end(error);
    // Nothing that waits here would be begun: others may have it.
    if (blocked()) {
      init.onBlocked();
      handBackWaiting();
    }
  };
  const blocked = (): boolean => overdue >= places.limit;
  const handBackWaiting = (): void => {
    for (const work of queue.takeAll()) handBackOne(work, 0);
  };

  const stopWaiting = places.wait(() => start());
  const stopTicks = ticker.add((nowMs) => {
    deadlines.expire(nowMs, onDeadline);
    pauses.expire(nowMs, (work) => {
      if (work.state !== 'pausing') return;
      work.state = 'waiting';
      queue.again(work);
      start();
    });
    return deadlines.size + pauses.size > 0;
  });

  return {
    heldOf: (durable) => held.of(durable),
    holds: (sequence) => held.get(sequence) !== undefined,
    get running() {
      return running;
    },
    take(message, ackSubject) {
      const delivery = readDelivery(ackSubject);
      if (delivery === undefined) {
        log.warn(
          { subject: message.subject, ackSubject },
          'a message without a place in a stream was dropped',
        );
        return;
      }
      if (isRetry(message.subject) && !deliversRetries(delivery.durable)) {
        // Seen by a durable that reads all of the stream; the one for repetitions has it too, if it is for this consumer.
        acknowledger.ack(ackSubject);
        return;
      }
      const nowMs = performance.now();
      const here = held.get(delivery.sequence);
      if (here !== undefined) {
        // Its signs of life came too late. It is worked on all the same.
        here.ackSubject = ackSubject;
        here.heardOfAtMs = nowMs;
        return;
      }
      if (wasHandled(delivery.sequence)) {
        acknowledger.ack(ackSubject);
        return;
      }
      if (leaving || blocked()) {
        acknowledger.nak(ackSubject, 0);
        return;
      }
      const work: EventWork = {
        message,
        ackSubject,
        delivery,
        endpoint: endpoints.get(baseOf(message.subject)),
        state: 'waiting',
        retries: 0,
        heardOfAtMs: nowMs,
        overdue: false,
        context: undefined,
        deadline: undefined,
      };
      held.add(work);
      queue.push(work);
      start(nowMs);
    },
    start: () => start(),
    handBack() {
      leaving = true;
      handBackWaiting();
      for (const { binding } of endpoints.values()) binding.flush?.();
      for (const work of held.all()) if (work.state === 'pausing') handBackOne(work, 0);
    },
    idle() {
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.add(resolve));
    },
    abandon(reason) {
      leaving = true;
      for (const work of held.all()) {
        if (work.state === 'running') noteFailure(work, reason, { outcome: 'retried', delayMs: 0 });
        handBackOne(work, 0);
        work.context?.end(reason);
      }
    },
    close() {
      held.close();
      stopWaiting();
      stopTicks();
    },
  };
}

/** A subject without partition and key. */
function baseOf(subject: string): string {
  return subject.slice(0, subject.lastIndexOf('.', subject.lastIndexOf('.') - 1));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
