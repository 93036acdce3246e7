import { SpanKind } from '@opentelemetry/api';
import { attribute, messagingSystem } from './attributes.ts';
import type { SpanShape } from './tracing.ts';

/** The span of something that is sent to a stream. @param base its subject without partition and key */
export function sendShape(base: string): SpanShape {
  return {
    kind: SpanKind.PRODUCER,
    name: `send ${base}`,
    attributes: {
      [attribute.messagingSystem]: messagingSystem,
      [attribute.messagingOperation]: 'send',
      [attribute.messagingOperationType]: 'send',
      [attribute.messagingTemplate]: base,
    },
  };
}
