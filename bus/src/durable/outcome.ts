import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { durationMs, timestampDate, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type OperationRecord,
  OperationRecordSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import { Code, ConnectError } from '@connectrpc/connect';
import { decodeStatus, encodeStatus } from '../wire/status.ts';

/** How a durable call ended. */
export type Outcome =
  | { readonly kind: 'response'; readonly body: Uint8Array }
  | { readonly kind: 'error'; readonly error: ConnectError };

/** A record with its outcome; one that has an outcome keeps the one it has. */
export function withOutcome(record: OperationRecord, outcome: Outcome): OperationRecord {
  if (record.state === State.DONE) return record;
  const next = clone(OperationRecordSchema, record);
  next.state = State.DONE;
  next.doneTime = timestampNow();
  next.outcome =
    outcome.kind === 'response'
      ? { case: 'response', value: outcome.body }
      : { case: 'error', value: fromBinary(StatusSchema, encodeStatus(outcome.error)) };
  return next;
}

/** How a call ended; undefined while it has not. */
export function outcomeOf({ state, outcome }: OperationRecord): Outcome | undefined {
  if (state !== State.DONE) return undefined;
  if (outcome.case === 'response') return { kind: 'response', body: outcome.value };
  const status = outcome.case === 'error' ? outcome.value : create(StatusSchema);
  const error =
    decodeStatus(toBinary(StatusSchema, status)) ?? new ConnectError(status.message, Code.Unknown);
  return { kind: 'error', error };
}

/** When a record and its idempotency key will be forgotten; undefined while the call has no outcome. */
export function expireTime({ doneTime, keepResult }: OperationRecord): Date | undefined {
  if (doneTime === undefined || keepResult === undefined) return undefined;
  return new Date(timestampDate(doneTime).getTime() + durationMs(keepResult));
}
