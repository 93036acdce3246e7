import { setTimeout as delay } from 'node:timers/promises';
import { clone, create, type Message } from '@bufbuild/protobuf';
import { anyPack, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type OperationRecord,
  OperationRecordSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Connection } from '../connection/connection.ts';
import { fault, faultReason } from '../errors/fault.ts';
import type { EventContext } from '../events/consume/event-context.ts';
import { toReplyError } from '../rpc/server/reply-error.ts';
import { ServerCall } from '../rpc/server/server-call.ts';
import type { UnaryMethod } from '../rpc/server/unary-method.ts';
import { callScope } from '../scope/call-scope.ts';
import { encodeRequestHead, readRequestEnvelope } from '../wire/request.ts';
import type { CancelNotices } from './cancel-notices.ts';
import type { DurableContract } from './durable-contract.ts';
import { operationKey, type RunningOperation } from './operation-context.ts';
import type { OperationRecords } from './operation-records.ts';
import { type OperationRef, readRefToken } from './operation-ref.ts';
import { cancelled, envelopeBytes } from './operations.ts';
import { type Outcome, withOutcome } from './outcome.ts';

export interface OperationRunner {
  readonly connection: Connection;
  readonly contract: DurableContract;
  readonly method: UnaryMethod;
  readonly records: OperationRecords;
  readonly notices: CancelNotices;
}

const callOver = new ConnectError('the call is over', Code.Canceled);

/**
 * One attempt of a durable call, from its message in the queue to its stored outcome. Returning takes the message out of
 * the queue; what is thrown decides whether the call is tried again (column "event" of docs/errors.md).
 */
export async function runOperation(
  runner: OperationRunner,
  request: Message,
  event: EventContext,
): Promise<void> {
  const { contract, records } = runner;
  const ref = readRefToken(event.key ?? '');
  if (ref === undefined) {
    throw new ConnectError(
      `${contract.name}: a message of the queue names no operation`,
      Code.InvalidArgument,
    );
  }
  const record = await records.change(ref, (current) => begun(current, contract, event.attempt));
  // Forgotten, or over: an earlier attempt stored its outcome and died before the broker heard of it.
  if (record === undefined || record.state === State.DONE) return;
  const outcome = await attempt(runner, { ref, record, request, event });
  await storeOutcome(records, { ref, outcome, signal: event.signal });
}

/** The record when an attempt begins; with an outcome where there is nothing to begin. */
function begun(
  current: OperationRecord | undefined,
  { name, maxAttempts }: DurableContract,
  attemptNumber: number,
): OperationRecord | undefined {
  if (current === undefined || current.state === State.DONE) return current;
  if (current.cancelRequested) return withOutcome(current, { kind: 'error', error: cancelled() });
  if (attemptNumber > maxAttempts) {
    const error = fault('ATTEMPTS_EXHAUSTED', {
      message: `${name}: given up after ${maxAttempts} attempts, the last of which ended without a word: its worker died`,
      facts: { method: name },
    });
    return withOutcome(current, { kind: 'error', error });
  }
  const next = clone(OperationRecordSchema, current);
  next.state = State.RUNNING;
  next.startTime ??= timestampNow();
  next.attempts = attemptNumber;
  return next;
}

interface Attempt {
  readonly ref: OperationRef;
  readonly record: OperationRecord;
  readonly request: Message;
  readonly event: EventContext;
}

/** Runs the handler. @throws ConnectError for a failure that may pass. */
async function attempt(
  { connection, contract, method, records, notices }: OperationRunner,
  { ref, record, request, event }: Attempt,
): Promise<Outcome> {
  const call = callOf(contract, record, event);
  let ended = false;
  const cancel = (): void => {
    ended = true;
    call.abort(cancelled());
  };
  const stopListening = notices.listen(ref, cancel);
  const onAbort = (): void => call.abort(event.signal.reason);
  event.signal.addEventListener('abort', onAbort, { once: true });
  const running: RunningOperation = {
    id: ref.id,
    attempt: event.attempt,
    isLast: event.attempt >= contract.maxAttempts,
    async progress(schema, message) {
      const progress = anyPack(schema, create(schema, message));
      const stands = await records.change(ref, (current) => {
        if (current === undefined || current.state === State.DONE) return current;
        const next = clone(OperationRecordSchema, current);
        next.progress = progress;
        return next;
      });
      if (stands === undefined || stands.cancelRequested) cancel();
      if (ended) throw cancelled();
    },
  };
  call.values.set(operationKey, running);
  try {
    const body = method.encode(await method.run(request, call));
    const maxBytes = connection.maxPayloadBytes - envelopeBytes;
    if (body.length <= maxBytes) return { kind: 'response', body };
    return { kind: 'error', error: responseTooLarge(contract, body.length, maxBytes) };
  } catch (thrown) {
    if (ended) return { kind: 'error', error: cancelled() };
    const error = toReplyError(thrown, call, connection.log);
    // Another attempt would answer the same.
    if (faultReason(error) === 'BAD_RESPONSE') return { kind: 'error', error };
    throw error;
  } finally {
    stopListening();
    event.signal.removeEventListener('abort', onAbort);
    call.abort(callOver);
  }
}

/** The call as its handler would see it, had it come directly. */
function callOf({ method }: DurableContract, record: OperationRecord, event: EventContext): ServerCall {
  const timeoutMs = Math.max(1, event.timeoutMs());
  const { traceparent, tracestate, identity, metadata } = record;
  const head = encodeRequestHead({
    timeoutMs,
    traceparent: traceparent || undefined,
    tracestate: tracestate || undefined,
    identity: identity || undefined,
    metadata: metadata.map(({ name, value }) => [name, value] as const),
  });
  const request = {
    method,
    replySubject: '',
    head,
    body: new Uint8Array(0),
    envelope: readRequestEnvelope(head),
    receivedAtMs: performance.now(),
    timeoutMs,
  };
  // The attempt is recorded already, by whoever took it from the queue.
  return new ServerCall(request, callScope.getStore()?.span);
}

/** Waits between attempts to store an outcome, in milliseconds. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * Stores an outcome, unless there is one. What was done is done: it is tried through restarts of the broker, as long as
 * the attempt may last.
 */
export async function storeOutcome(
  records: OperationRecords,
  {
    ref,
    outcome,
    signal,
  }: { readonly ref: OperationRef; readonly outcome: Outcome; readonly signal?: AbortSignal },
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await records.change(ref, (current) => current && withOutcome(current, outcome));
      return;
    } catch (error) {
      const mayPass = error instanceof ConnectError && passing.has(error.code);
      if (!mayPass || signal === undefined || signal.aborted) throw error;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10));
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

const passing: ReadonlySet<Code> = new Set([Code.Unavailable, Code.Aborted]);

function responseTooLarge({ name }: DurableContract, sizeBytes: number, maxBytes: number) {
  return fault('MESSAGE_TOO_LARGE', {
    message: `${name}: the response has ${sizeBytes} bytes; what a durable call answers must fit into one message of the broker, which leaves ${maxBytes}`,
    facts: { method: name, sizeBytes: String(sizeBytes), maxBytes: String(maxBytes) },
  });
}
