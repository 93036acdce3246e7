import type { DeadLetterRecord } from '@busline/schemas/busline/deadletters/v1/deadletters';
import { trace } from '@opentelemetry/api';
import { attribute } from '../../tracing/attributes.ts';
import { sendShape } from '../../tracing/send-shape.ts';
import { remoteContext, type SpanShape } from '../../tracing/tracing.ts';
import { readEventSubject } from '../contract/event-subject.ts';
import type { PreparedEvent } from '../publish/prepare-event.ts';

/**
 * The span of sending an event to its consumer again: part of whoever asked for it. The event itself stays in the trace
 * that it came from, which is linked.
 */
export function retryShape({ id, subject }: PreparedEvent, { letter }: DeadLetterRecord): SpanShape {
  const shape = sendShape(readEventSubject(subject)?.base ?? subject);
  const origin = remoteContext({ traceparent: letter?.traceparent });
  const context = origin && trace.getSpanContext(origin);
  return {
    ...shape,
    attributes: { ...shape.attributes, [attribute.messagingMessageId]: id },
    links: context === undefined ? [] : [{ context }],
  };
}
