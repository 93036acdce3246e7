import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type PendingEvent, PendingEventSchema } from '@busline/schemas/busline/state/v1/pending';
import { fault } from '../errors/fault.ts';
import type { EventDetails, PreparedEvent } from '../events/publish/prepare-event.ts';

/**
 * Adds an event to a change: it is written with the new value, in one write, and published afterwards. Where the change writes
 * nothing, nothing is published.
 *
 * @throws TypeError for a message that is no event, or a store without `outbox`; ConnectError INVALID_MESSAGE,
 * MESSAGE_TOO_LARGE, or OUTBOX_FULL (RESOURCE_EXHAUSTED) when too much of the key waits already.
 */
export type Emit = <E extends DescMessage>(
  schema: E,
  event: MessageInitShape<E>,
  details?: EventDetails,
) => void;

/** Collects what one change emits. */
export interface EmittedEvents {
  readonly emit: Emit;
  readonly events: readonly PendingEvent[];
}

/**
 * Bytes of events that may wait in one entry: JetStream takes headers of 64 KiB, in which they are text, a third longer than
 * their bytes, beside the marks of 512 causes.
 */
export const maxPendingBytes = 40 * 1024;

export interface EmitLimits {
  /** Named in errors. */
  readonly where: string;
  /** What waits in the entry already. */
  readonly waiting: readonly PendingEvent[];
  /** Undefined for a store without an outbox. */
  readonly prepare:
    | (<E extends DescMessage>(
        schema: E,
        event: MessageInitShape<E>,
        details?: EventDetails,
      ) => PreparedEvent)
    | undefined;
}

export function collectEvents({ where, waiting, prepare }: EmitLimits): EmittedEvents {
  const events: PendingEvent[] = [];
  let bytes = waiting.reduce((sum, event) => sum + sizeOf(event), 0);
  return {
    events,
    emit(schema, event, details) {
      if (prepare === undefined)
        throw new TypeError(`${where}: to emit events, open the store with "outbox: true"`);
      const { id, subject, head, body } = prepare(schema, event, details);
      const pending = create(PendingEventSchema, { id, subject, head, body });
      const size = sizeOf(pending);
      if (size > maxPendingBytes) {
        throw fault('MESSAGE_TOO_LARGE', {
          message: `${where}: an event of ${size} bytes is over the ${maxPendingBytes} bytes that may wait with an entry; put large data elsewhere and publish where it is`,
          fate: 'never-started',
          facts: { sizeBytes: String(size), maxBytes: String(maxPendingBytes) },
        });
      }
      bytes += size;
      if (bytes > maxPendingBytes) {
        throw fault('OUTBOX_FULL', {
          message: `${where}: ${waiting.length} events wait to be published already, and no more than ${maxPendingBytes} bytes may; see why they cannot be published, or change the key less often`,
          fate: 'never-started',
          facts: { waiting: String(waiting.length), maxBytes: String(maxPendingBytes) },
        });
      }
      events.push(pending);
    },
  };
}

function sizeOf({ id, subject, head, body }: PendingEvent): number {
  return id.length + subject.length + head.length + body.length;
}
