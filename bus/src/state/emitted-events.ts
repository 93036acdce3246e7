import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type PendingEvent, PendingEventSchema } from '@busline/schemas/busline/state/v1/pending';
import type { ConnectError } from '@connectrpc/connect';
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
  details?: EmitDetails,
) => void;

/** What may be said about one event besides its message. */
export interface EmitDetails extends EventDetails {
  /**
   * Take the place of an event of the same type and key that waits with the entry and was emitted so, too. For events that tell
   * how things are now, of which only the newest matters: then few wait, however often the key is changed. One that may be on
   * its way is left, so that the order holds. Default false.
   */
  readonly replacesWaiting?: boolean | undefined;
}

/** What waits with an entry, and what one change adds to it. */
export interface EmittedEvents {
  readonly emit: Emit;
  /** All that waits after the change; the very list that waited before when nothing was emitted. */
  readonly waiting: readonly PendingEvent[];
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
  let all = waiting;
  return {
    get waiting() {
      return all;
    },
    emit(schema, event, { replacesWaiting = false, ...details } = {}) {
      if (prepare === undefined)
        throw new TypeError(`${where}: to emit events, open the store with "outbox: true"`);
      const { id, subject, head, body } = prepare(schema, event, details);
      const pending = create(PendingEventSchema, { id, subject, head, body, replaceable: replacesWaiting });
      const onItsWay = all.find(({ replaceable }) => replaceable);
      const before = replacesWaiting
        ? all.filter((other) => other === onItsWay || !other.replaceable || other.subject !== subject)
        : all;
      const next = [...before, pending];
      const size = sizeOf(pending);
      if (size > maxPendingBytes) throw tooLarge(where, size);
      if (next.reduce((sum, one) => sum + sizeOf(one), 0) > maxPendingBytes) throw full(where, before.length);
      all = next;
    },
  };
}

function tooLarge(where: string, size: number): ConnectError {
  return fault('MESSAGE_TOO_LARGE', {
    message: `${where}: an event of ${size} bytes is over the ${maxPendingBytes} bytes that may wait with an entry; put large data elsewhere and publish where it is`,
    fate: 'never-started',
    facts: { sizeBytes: String(size), maxBytes: String(maxPendingBytes) },
  });
}

function full(where: string, waiting: number): ConnectError {
  return fault('OUTBOX_FULL', {
    message: `${where}: ${waiting} events wait to be published already, and no more than ${maxPendingBytes} bytes may; see why they cannot be published, change the key less often, or let events replace those that wait`,
    fate: 'never-started',
    facts: { waiting: String(waiting), maxBytes: String(maxPendingBytes) },
  });
}

function sizeOf({ id, subject, head, body }: PendingEvent): number {
  return id.length + subject.length + head.length + body.length;
}

/**
 * What of the waiting events may be published now: all up to the first that a later one could take the place of. That one is
 * never replaced, so that whoever publishes it late, behind its successor, repeats what is stored already.
 */
export function publishable(waiting: readonly PendingEvent[]): readonly PendingEvent[] {
  const first = waiting.findIndex(({ replaceable }) => replaceable);
  return first < 0 ? waiting : waiting.slice(0, first + 1);
}
