import { createHash } from 'node:crypto';
import { clone, create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type OperationRecord,
  OperationRecordSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import type { Connection } from '../connection/connection.ts';
import { callFate, fault } from '../errors/fault.ts';
import type { Publisher } from '../events/publish/publisher.ts';
import { decodeIdentity, encodeIdentity, type Identity } from '../policy/identity.ts';
import { callScope } from '../scope/call-scope.ts';
import { attribute } from '../tracing/attributes.ts';
import { sendShape } from '../tracing/send-shape.ts';
import type { TraceParent } from '../tracing/tracing.ts';
import { callBase, enqueue } from './call-queue.ts';
import type { CancelNotices } from './cancel-notices.ts';
import type { DurableContract } from './durable-contract.ts';
import type { OperationRecords } from './operation-records.ts';
import { keyedOperationId, newOperationId, type OperationRef, ownerToken } from './operation-ref.ts';
import { withOutcome } from './outcome.ts';
import { storedMetadata } from './stored-metadata.ts';
import { waitUntilDone } from './wait-until-done.ts';

/** A durable call that is to be stored. */
export interface OperationStart {
  readonly contract: DurableContract;
  /** The serialized request. */
  readonly body: Uint8Array;
  /**
   * Names what is asked for: the same caller, method and key are the same operation, as long as it is kept. Default: the
   * call is like no other.
   */
  readonly idempotencyKey?: string | undefined;
  /** Whom the call is made for, and who may look at it. Default: whom the handler's call was made for that it is made in. */
  readonly identity?: Identity | undefined;
  /** Names in any case. Credentials are not stored. */
  readonly metadata?: Iterable<readonly [name: string, value: string]> | undefined;
  /** What the call is part of. Default: the trace of the handler it is made in. One in the metadata goes before it. */
  readonly trace?: TraceParent | undefined;
  /** How long to try to store the call, in milliseconds. Default 15,000: an election in a cluster takes up to 9 s. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A stored call. */
export interface StartedOperation {
  readonly ref: OperationRef;
  readonly record: OperationRecord;
  /** Whether the call was stored before, by the same idempotency key. */
  readonly repeated: boolean;
}

/** Durable calls, as whoever makes them or looks at them knows them. An operation of another owner is not there. */
export interface Operations {
  /**
   * Stores a call. Once this resolves, the call survives whatever becomes of this process, of workers and of the broker.
   *
   * @throws ConnectError IDEMPOTENCY_KEY_REUSED (INVALID_ARGUMENT) for a key that stands for another request;
   * MESSAGE_TOO_LARGE, NO_STREAM, STREAM_FULL when it is not stored; UNAVAILABLE or DEADLINE when nobody knows:
   * with an idempotency key, starting it again is safe.
   */
  start(call: OperationStart): Promise<StartedOperation>;
  get(ref: OperationRef): Promise<OperationRecord | undefined>;
  /** The record once the call is over; as it is when the time is. Undefined when there is none. */
  wait(
    ref: OperationRef,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<OperationRecord | undefined>;
  /** The record now and whenever it changes. @throws ConnectError UNAVAILABLE when the broker goes away. */
  watch(ref: OperationRef, signal: AbortSignal): AsyncIterable<OperationRecord>;
  /**
   * Asks for the end of a call. One that has not begun is over at once; the signal of a handler that runs aborts, and
   * whatever the handler makes of it is the outcome. Undefined when there is none.
   */
  cancel(ref: OperationRef): Promise<OperationRecord | undefined>;
  /** Forgets an operation; false when there is none. One that is not over ends without an outcome. */
  remove(ref: OperationRef): Promise<boolean>;
  /** All of one owner, in no order. */
  list(owner: string): AsyncIterable<OperationRecord>;
}

export interface OperationsParts {
  readonly connection: Connection;
  readonly publisher: Publisher;
  readonly records: OperationRecords;
  readonly notices: CancelNotices;
}

/** Room for headers and the record's other fields in a message of the broker, in bytes. */
export const envelopeBytes = 16 * 1024;

export function createOperations({ connection, publisher, records, notices }: OperationsParts): Operations {
  const store = async (call: OperationStart, trace: TraceParent | undefined): Promise<StartedOperation> => {
    const { contract, body, idempotencyKey, timeoutMs, signal } = call;
    const record = newRecord(call, trace);
    const ref: OperationRef = record;
    let stands = record;
    let repeated = false;
    if (!(await records.create(record))) {
      const earlier = await records.get(ref);
      // Forgotten in this very moment.
      if (earlier === undefined && !(await records.create(record))) throw raced(contract);
      if (earlier !== undefined) {
        if (!sameBytes(earlier.fingerprint, record.fingerprint)) throw reused(contract, idempotencyKey);
        stands = earlier;
        repeated = true;
      }
    }
    // Whoever stored the record may have died before the call was queued.
    if (stands.state === State.QUEUED) {
      const { service, method, traceparent, tracestate } = stands;
      try {
        const queued = { service, method, ref, body, traceparent, tracestate };
        await enqueue(publisher, queued, { timeoutMs, signal });
      } catch (error) {
        if (!repeated && callFate(error) === 'never-started') await records.remove(ref);
        throw error;
      }
    }
    return { ref, record: stands, repeated };
  };

  return {
    async start(call) {
      const { contract, body, trace } = call;
      const maxBytes = connection.maxPayloadBytes - envelopeBytes;
      if (body.length > maxBytes) throw tooLarge(contract, body.length, maxBytes);
      const { service, method: asked } = contract;
      const sending = trace ?? callScope.getStore();
      const shape = sendShape(callBase(service, asked.name));
      const span = connection.tracing?.sent(shape, sending, performance.now());
      try {
        const started = await store(call, span ?? sending);
        span?.set(attribute.operation, started.ref.id);
        span?.end();
        return started;
      } catch (error) {
        span?.endFailed(error);
        throw error;
      }
    },
    get: (ref) => records.get(ref),
    wait: (ref, options) => waitUntilDone({ connection, records, ref, ...options }),
    watch: (ref, signal) => records.watch(ref, signal),
    async cancel(ref) {
      const record = await records.change(ref, (current) => {
        if (current === undefined || current.state === State.DONE || current.cancelRequested) return current;
        const next = clone(OperationRecordSchema, current);
        next.cancelRequested = true;
        return next.state === State.QUEUED ? withOutcome(next, { kind: 'error', error: cancelled() }) : next;
      });
      if (record !== undefined && record.state !== State.DONE) notices.send(ref);
      return record;
    },
    async remove(ref) {
      const record = await records.get(ref);
      if (record === undefined) return false;
      await records.remove(ref);
      if (record.state !== State.DONE) notices.send(ref);
      return true;
    },
    list: (owner) => records.list(owner),
  };
}

function newRecord(
  { contract, body, idempotencyKey, identity, metadata }: OperationStart,
  trace: TraceParent | undefined,
): OperationRecord {
  const scope = callScope.getStore();
  const caller = identity === undefined ? scope?.identity : encodeIdentity(identity);
  const owner = ownerToken(identity ?? (caller === undefined ? undefined : decodeIdentity(caller)));
  const { fields, traceparent, tracestate } = storedMetadata(metadata ?? []);
  const init: MessageInitShape<typeof OperationRecordSchema> = {
    id:
      idempotencyKey === undefined
        ? newOperationId()
        : keyedOperationId(owner, contract.name, idempotencyKey),
    owner,
    service: contract.service,
    method: contract.method.name,
    state: State.QUEUED,
    createTime: timestampNow(),
    fingerprint: createHash('sha256').update(body).digest(),
    keepResult: durationFromMs(contract.keepResultMs),
    identity: caller ?? '',
    metadata: [...fields],
    traceparent: traceparent ?? trace?.traceparent ?? '',
    tracestate: tracestate ?? trace?.tracestate ?? '',
    keyed: idempotencyKey !== undefined,
  };
  return create(OperationRecordSchema, init);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function cancelled() {
  return fault('CANCELLED', { message: 'the operation was cancelled' });
}

function tooLarge({ name }: DurableContract, sizeBytes: number, maxBytes: number) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `${name}: the request has ${sizeBytes} bytes; a durable call must fit into one message of the broker, which leaves ${maxBytes}`,
    fate: 'never-started',
    facts: { method: name, sizeBytes: String(sizeBytes), maxBytes: String(maxBytes) },
  });
}

function reused({ name }: DurableContract, key: string | undefined) {
  return fault('IDEMPOTENCY_KEY_REUSED', {
    message: `${name}: the idempotency key ${JSON.stringify(key)} stands for another request; give each request a key of its own`,
    fate: 'never-started',
    facts: { method: name },
  });
}

function raced({ name }: DurableContract) {
  return fault('IDEMPOTENCY_KEY_IN_USE', {
    message: `${name}: the same idempotency key was used at the same moment; try again`,
    fate: 'never-started',
    facts: { method: name },
  });
}
