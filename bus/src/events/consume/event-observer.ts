import { SpanKind } from '@opentelemetry/api';
import type { Connection } from '../../connection/connection.ts';
import type { EventOutcome } from '../../metrics/handled-events.ts';
import { attribute, messagingSystem } from '../../tracing/attributes.ts';
import type { OpenSpan } from '../../tracing/open-span.ts';
import type { SpanShape } from '../../tracing/tracing.ts';
import type { EventContract } from '../contract/event-contract.ts';
import type { ReceivedHead } from '../envelope/event-head.ts';
import type { Delivery } from './delivery.ts';
import type { HandledEvent } from './event-context.ts';

/** Sees what becomes of the events of one type at one consumer: counts them, records a span for each attempt. */
export interface EventObserver {
  /** A handler is about to begin; the span of the attempt, if it is recorded. */
  begins(arrival: ArrivedEvent, nowMs: number): OpenSpan | undefined;
  /** The attempt has ended well. */
  handled(context: HandledEvent): void;
  /** The attempt has failed. */
  failed(context: HandledEvent, thrown: unknown, fate: FailedFate): void;
  unreadable(): void;
}

export interface ArrivedEvent {
  readonly head: ReceivedHead;
  readonly delivery: Delivery;
  readonly attempt: number;
}

/** What becomes of an event whose attempt failed. */
export interface FailedFate {
  readonly outcome: Exclude<EventOutcome, 'handled'>;
  /** Until the next attempt, in milliseconds. */
  readonly delayMs?: number;
  /** Why there is none. */
  readonly reason?: string | undefined;
}

export function createEventObserver(
  { tracing, stats }: Connection,
  consumer: string,
  { type, base }: EventContract,
): EventObserver {
  const recorder = stats.handled.of(consumer, type);
  const shape: SpanShape = {
    kind: SpanKind.CONSUMER,
    name: `process ${base}`,
    attributes: {
      [attribute.messagingSystem]: messagingSystem,
      [attribute.messagingOperation]: 'process',
      [attribute.messagingOperationType]: 'process',
      [attribute.messagingTemplate]: base,
      [attribute.messagingGroup]: consumer,
    },
  };
  const describe = (span: OpenSpan, { id, attempt, stream, sequence }: HandledEvent): void => {
    span.set(attribute.messagingMessageId, id);
    span.set(attribute.attempt, attempt);
    span.set(attribute.stream, stream);
    span.set(attribute.sequence, sequence);
  };

  return {
    begins({ head, delivery }, nowMs) {
      // The clocks of broker and process may disagree: no event is younger than nothing.
      const ageMs = Math.max(0, Date.now() - delivery.storedAtMs);
      recorder.began(ageMs);
      const span = tracing?.received(shape, head, nowMs);
      span?.set(attribute.ageMs, ageMs);
      return span;
    },
    handled(context) {
      recorder.ended(performance.now() - context.beganAtMs, 'handled');
      const { span } = context;
      if (span === undefined) return;
      describe(span, context);
      span.end();
    },
    failed(context, thrown, { outcome, delayMs, reason }) {
      recorder.ended(performance.now() - context.beganAtMs, outcome);
      const span = context.span ?? tracing?.failed(shape, context.received, context.beganAtMs);
      if (span === undefined) return;
      describe(span, context);
      if (outcome === 'retried') span.event('retry', { delay_ms: Math.round(delayMs ?? 0) });
      else span.event('dead_letter', { reason: reason ?? '' });
      span.endFailed(thrown);
    },
    unreadable: () => recorder.unreadable(),
  };
}
