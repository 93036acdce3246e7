import { createHash } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type PendingEvent, PendingEventsSchema } from '@busline/schemas/busline/state/v1/pending';
import { headers, type MsgHdrs } from '@nats-io/nats-core';

/** What an entry of a store holds beside its value, and keeps whoever changes the value. */
export interface EntryNotes {
  /** Marks of the causes that changed it, the newest last. */
  readonly causes: readonly string[];
  /** Events that were committed with it and are not known to be published, in order. */
  readonly pending: readonly PendingEvent[];
}

export const noNotes: EntryNotes = { causes: [], pending: [] };

/**
 * Causes remembered per key. A cause is forgotten after as many others have changed the same key. When the leader of a
 * cluster was killed, more than 64 events of one key came again; nine bytes each make 512 affordable.
 */
export const causesKept = 512;

/** Names what changed the entry: the marks of the causes, separated by spaces. */
const causesField = 'bl-causes';
/** Characters of a mark, 6 bits each: two of 512 causes are alike once in 10^9 keys. */
const markLength = 8;
/** PendingEvents, in base64url: a header is text. */
export const pendingField = 'bl-outbox';

/** What stands for a cause. */
export function causeMark(cause: string): string {
  return createHash('sha256').update(cause).digest('base64url').slice(0, markLength);
}

/** Notes with one more cause. */
export function withCause({ causes, pending }: EntryNotes, mark: string): EntryNotes {
  return { causes: [...causes, mark].slice(-causesKept), pending };
}

export function readNotes(head: Pick<MsgHdrs, 'get'>): EntryNotes {
  const causes = head.get(causesField);
  const pending = head.get(pendingField);
  if (causes === '' && pending === '') return noNotes;
  return {
    causes: causes.split(' ').filter((mark) => mark !== ''),
    pending:
      pending === ''
        ? []
        : fromBinary(PendingEventsSchema, new Uint8Array(Buffer.from(pending, 'base64url'))).events,
  };
}

/** Undefined where there is nothing to note. */
export function writeNotes({ causes, pending }: EntryNotes): MsgHdrs | undefined {
  if (causes.length === 0 && pending.length === 0) return undefined;
  const head = headers();
  if (causes.length > 0) head.set(causesField, causes.join(' '));
  if (pending.length > 0) {
    const bytes = toBinary(PendingEventsSchema, create(PendingEventsSchema, { events: [...pending] }));
    head.set(pendingField, Buffer.from(bytes).toString('base64url'));
  }
  return head;
}
