import {
  type DurableContract,
  expireTime,
  type Operations,
  operationName,
  outcomeOf,
  stillRunning,
  type UnaryReply,
} from '@busline/bus';
import { fault, faultReason } from '@busline/bus/errors';
import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import { abortSignal } from '../abort-signal.ts';
import { type Exchange, remainingMs } from '../exchange.ts';
import { HttpFault } from '../http-fault.ts';
import { metadataToWorker } from '../protocols/edge-metadata.ts';
import type { ProtocolCall } from '../protocols/protocol.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { type Preference, readPrefer } from './prefer.ts';

/** A call of a durable method. */
export interface DurableRequest {
  readonly contract: DurableContract;
  readonly call: ProtocolCall;
  /** The serialized request. */
  readonly message: Uint8Array;
  /** Whether the caller's protocol can answer with an operation in place of the response. */
  readonly answersOperations: boolean;
}

/** What the caller is told: the outcome, or where it will be. */
export type DurableAnswer =
  | { readonly kind: 'reply'; readonly reply: UnaryReply }
  | { readonly kind: 'operation'; readonly record: OperationRecord };

/** Field of every answer to a durable call: its operation. */
const operationField = 'busline-operation';
/** Until when the outcome is kept, and the idempotency key stands for it (RFC 3339). */
const expiresField = 'busline-operation-expires';
const replayedField = 'idempotency-replayed';

/** Time to write the answer before the caller's own deadline, in milliseconds. */
const answerMs = 50;

/**
 * Stores a call and answers as its caller prefers (RFC 7240). Whatever the answer, a call that was stored goes on.
 *
 * @throws ConnectError: the outcome, if it is an error; STILL_RUNNING when it is not there at the deadline; HttpFault
 * 422 for an idempotency key that stands for another request.
 */
export async function callDurable(
  operations: Operations,
  exchange: Exchange,
  request: DurableRequest,
): Promise<DurableAnswer> {
  const { contract, call, message, answersOperations } = request;
  const preference = readPrefer(exchange.request.header('prefer'));
  const idempotencyKey = readIdempotencyKey(exchange.request.header('idempotency-key'));
  if (idempotencyKey === undefined && contract.keyRequired) throw keyMissing(contract);
  const signal = abortSignal(exchange.request.signal);
  const leftMs = (): number => remainingMs(exchange, call.timeoutMs) - answerMs;
  exchange.responseHeaders.vary = 'prefer';

  const { ref, record, repeated } = await start(operations, {
    contract,
    body: message,
    idempotencyKey,
    identity: exchange.identity,
    metadata: metadataToWorker(exchange, call.metadata),
    trace: exchange.span ?? exchange,
    timeoutMs: Math.max(1, Math.ceil(leftMs())),
    signal,
  });
  exchange.responseHeaders[operationField] = operationName(ref.id);
  const done = answerOf(exchange, record, repeated);
  if (done !== undefined) return done;

  const mode = modeOf(preference, contract, answersOperations);
  if (repeated && mode === 'outcome') throw keyInUse(contract, ref.id);
  const waitMs = Math.max(0, mode === 'operation' ? 0 : Math.min(preference.waitMs ?? Infinity, leftMs()));
  const later = waitMs === 0 ? record : await operations.wait(ref, { timeoutMs: waitMs, signal });
  const answer = later && answerOf(exchange, later, false);
  if (preference.waitMs !== undefined) applied(exchange, `wait=${preference.waitMs / 1000}`);
  if (answer !== undefined) return answer;
  if (mode === 'outcome' || mode === 'outcome-in-time' || !answersOperations)
    throw stillRunning(contract.name, ref.id, waitMs);
  if (preference.respondAsync) applied(exchange, 'respond-async');
  return { kind: 'operation', record: later ?? record };
}

/**
 * `operation`: at once. `operation-later`: if the outcome is not there in the time that the caller waits.
 * `outcome-in-time`: within the time that the caller names. `outcome`: before its deadline.
 */
type Mode = 'operation' | 'operation-later' | 'outcome-in-time' | 'outcome';

function modeOf(
  { respondAsync, waitMs }: Preference,
  { answer }: DurableContract,
  answersOperations: boolean,
): Mode {
  const async = respondAsync || (answer === 'operation' && answersOperations);
  if (async) return waitMs === undefined ? 'operation' : 'operation-later';
  return waitMs === undefined ? 'outcome' : 'outcome-in-time';
}

async function start(operations: Operations, call: Parameters<Operations['start']>[0]) {
  try {
    return await operations.start(call);
  } catch (error) {
    // The draft on the Idempotency-Key field, section 2.7: "request cannot be processed".
    if (faultReason(error) === 'IDEMPOTENCY_KEY_REUSED')
      throw new HttpFault(422, error as HttpFault['connectError']);
    throw error;
  }
}

/** The outcome as an answer; undefined while there is none. */
function answerOf(exchange: Exchange, record: OperationRecord, replayed: boolean): DurableAnswer | undefined {
  const outcome = outcomeOf(record);
  if (outcome === undefined) return undefined;
  const expires = expireTime(record);
  if (expires !== undefined) exchange.responseHeaders[expiresField] = expires.toISOString();
  if (replayed) exchange.responseHeaders[replayedField] = 'true';
  if (outcome.kind === 'error') throw outcome.error;
  return {
    kind: 'reply',
    reply: { body: outcome.body, hasMetadata: false, header: new Headers(), trailer: new Headers() },
  };
}

function applied(exchange: Exchange, preference: string): void {
  const before = exchange.responseHeaders['preference-applied'];
  exchange.responseHeaders['preference-applied'] =
    before === undefined ? preference : `${before}, ${preference}`;
}

function keyMissing({ name }: DurableContract) {
  return fault('IDEMPOTENCY_KEY_MISSING', {
    message: `${name} needs an idempotency key: send the header field Idempotency-Key with a value of your own for each thing that is to happen once`,
    fate: 'never-started',
    facts: { method: name },
  });
}

function keyInUse({ name }: DurableContract, id: string) {
  return fault('IDEMPOTENCY_KEY_IN_USE', {
    message: `${name}: the call that the idempotency key stands for is not over; try again later, or wait for ${operationName(id)}`,
    fate: 'may-have-run',
    facts: { method: name, operation: operationName(id) },
  });
}
