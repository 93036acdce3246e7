import { create, type Registry, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type EventGap, redacted, type StoredEvent } from '@busline/bus';
import {
  GapReason,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '@busline/schemas/busline/events/v1/event_service';
import { formatPosition } from './event-position.ts';

/**
 * The next thing of a subscription, as clients get it.
 *
 * @param registry Types of what events hold in an `Any`.
 */
export function delivered(item: StoredEvent | EventGap, registry: Registry): SubscribeResponse {
  return item.kind === 'gap' ? deliveredGap(item) : deliveredEvent(item, registry);
}

function deliveredEvent(event: StoredEvent, registry: Registry): SubscribeResponse {
  const { stream, sequence, schema, message, head, problem, type = '', key = '', storedAt } = event;
  return create(SubscribeResponseSchema, {
    position: formatPosition(event),
    item: {
      case: 'event',
      value: {
        id: event.id,
        type,
        source: head.source ?? '',
        time: timestampFromDate(head.time ?? storedAt),
        key,
        attributes: withoutImplied(head.attributes),
        stream,
        sequence: BigInt(sequence),
        storedTime: timestampFromDate(storedAt),
        ...(schema !== undefined &&
          message !== undefined && {
            data: {
              typeUrl: `type.googleapis.com/${schema.typeName}`,
              value: toBinary(schema, redacted(schema, message, registry)),
            },
          }),
        problem: problem?.rawMessage ?? '',
      },
    },
  });
}

/** The key stands beside. */
function withoutImplied({
  partitionkey,
  ...others
}: Readonly<Record<string, string>>): Record<string, string> {
  return others;
}

function deliveredGap({ stream, from, to, why }: EventGap): SubscribeResponse {
  const beganAnew = why === 'began-anew';
  return create(SubscribeResponseSchema, {
    // A stream that began anew is read from its beginning.
    position: formatPosition({ stream, sequence: beganAnew ? 0 : to }),
    item: {
      case: 'gap',
      value: {
        stream,
        firstSequence: BigInt(from),
        lastSequence: BigInt(to),
        reason: beganAnew ? GapReason.BEGAN_ANEW : GapReason.REMOVED,
      },
    },
  });
}
