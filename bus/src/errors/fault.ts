import { create } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { ErrorInfoSchema, RetryInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';

/** Domain of the `google.rpc.ErrorInfo` that every error made by the bus itself carries. */
export const faultDomain = 'busline';

/**
 * Every error the bus itself makes, by the reason in its ErrorInfo. Each is described in docs/errors.md; a test
 * holds the two together.
 */
export const faultCodes = {
  /** No worker serves the method now. */
  NO_RESPONDERS: Code.Unavailable,
  /** The connection to the broker is down, or went down while the call was under way. */
  DISCONNECTED: Code.Unavailable,
  /** The worker that held the call is gone. */
  WORKER_LOST: Code.Unavailable,
  /** This side is shutting down and takes no more calls. */
  DRAINING: Code.Unavailable,
  /** The worker did not finish within its drain time. */
  DRAIN_TIMEOUT: Code.Unavailable,
  /** No reply within the deadline. */
  DEADLINE: Code.DeadlineExceeded,
  /** The caller cancelled. */
  CANCELLED: Code.Canceled,
  /** Packets of a stream were lost, or the worker no longer knows the stream. */
  STREAM_BROKEN: Code.DataLoss,
  /** The other end of a stream has shown no sign of life. */
  STALLED: Code.Unavailable,
  /** A request or reply is larger than one message may be. */
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  /** The worker's queue for the service is full, or the call waited in it too long. */
  OVERLOADED: Code.ResourceExhausted,
  /** The caller has as many calls under way as it may. */
  TOO_MANY_CALLS: Code.ResourceExhausted,
  /** The bytes of the request are not a message of the method's input type. */
  MALFORMED_REQUEST: Code.InvalidArgument,
  /** The message breaks a rule of its contract (protovalidate). */
  INVALID_MESSAGE: Code.InvalidArgument,
  /** The bytes of the reply are not a message of the method's output type. */
  MALFORMED_REPLY: Code.Internal,
  /** The handler failed with something that is not a ConnectError; its text stays in the worker's log. */
  HANDLER_FAILED: Code.Internal,
  /** The handler returned something that is not a message of the method's output type. */
  BAD_RESPONSE: Code.Internal,
  /** Workers serve the service, and none of them has the method. */
  NOT_IMPLEMENTED: Code.Unimplemented,
  /** The broker refuses this connection the subject. */
  NOT_PERMITTED: Code.PermissionDenied,
  /** No stream stores the event. */
  NO_STREAM: Code.FailedPrecondition,
  /** The broker is too old to keep schedules. */
  SCHEDULES_UNSUPPORTED: Code.FailedPrecondition,
  /** A stream has no consumer of that name. */
  NO_CONSUMER: Code.NotFound,
  /** The broker runs without JetStream, or this user may not use it. */
  JETSTREAM_OFF: Code.FailedPrecondition,
  /** The contract asks for an identity, and the call carries none (`enforcePolicy`). */
  NOT_AUTHENTICATED: Code.Unauthenticated,
  /** The caller lacks a scope that the contract asks for (`enforcePolicy`). */
  NOT_AUTHORIZED: Code.PermissionDenied,
  /** The stream of the event has reached a limit and does not drop old events. */
  STREAM_FULL: Code.ResourceExhausted,
  /** More events wait with an entry of a store than may. */
  OUTBOX_FULL: Code.ResourceExhausted,
  /** JetStream refused an event for a reason that repeating it does not change. */
  EVENT_REFUSED: Code.FailedPrecondition,
  /** An idempotency key stands for another request. */
  IDEMPOTENCY_KEY_REUSED: Code.InvalidArgument,
  /** The method asks for an idempotency key. */
  IDEMPOTENCY_KEY_MISSING: Code.InvalidArgument,
  /** The call that the idempotency key stands for is not over. */
  IDEMPOTENCY_KEY_IN_USE: Code.Aborted,
  /** A durable call is not over at its caller's deadline, and goes on. */
  STILL_RUNNING: Code.DeadlineExceeded,
  /** Every attempt of a durable call ended with the death of its worker. */
  ATTEMPTS_EXHAUSTED: Code.Internal,
  /** A worker's contract breaks the one that its fleet serves by. */
  CONTRACT_BROKEN: Code.FailedPrecondition,
} as const satisfies Record<string, Code>;

export type FaultReason = keyof typeof faultCodes;

/** What is known about a call that failed on the bus. */
export type CallFate =
  /** The handler did not run: trying again is always safe. */
  | 'never-started'
  /** The handler may have run, wholly, partly or not at all. */
  | 'may-have-run';

/** The parts of a fault besides its reason. */
export interface FaultInit {
  /** What happened, why, and what to do; shown to callers, so it names no secrets. */
  readonly message: string;
  readonly fate?: CallFate | undefined;
  /** Facts for programs: the method, a limit, a size. Keys in lower camel case (AIP-193). */
  readonly facts?: Readonly<Record<string, string>> | undefined;
  /** Pushback: do not try again before this many milliseconds have passed. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

// Kept beside the error, not in it: the fate of *this* hop must not travel on when a handler lets the error of a
// call of its own pass through.
const fates = new WeakMap<ConnectError, CallFate>();

/** Makes an error of the bus: code by reason, ErrorInfo with reason and facts, RetryInfo for a pushback. */
export function fault(reason: FaultReason, init: FaultInit): ConnectError {
  const error = new ConnectError(init.message, faultCodes[reason], undefined, undefined, init.cause);
  error.details.push({
    desc: ErrorInfoSchema,
    value: { reason, domain: faultDomain, metadata: { ...init.facts } },
  });
  if (init.retryAfterMs !== undefined) {
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(init.retryAfterMs) } });
  }
  if (init.fate !== undefined) fates.set(error, init.fate);
  return error;
}

/**
 * Whether a failed call *never started* or *may have run*. Undefined for an error that the handler itself
 * answered with: it ran.
 */
export function callFate(error: unknown): CallFate | undefined {
  return error instanceof ConnectError ? fates.get(error) : undefined;
}

/** Notes the fate of a call whose refusal came from the wire. */
export function withFate(error: ConnectError, fate: CallFate): ConnectError {
  fates.set(error, fate);
  return error;
}

/** Reason of an error the bus made, here or at the other end; undefined for a handler's own error. */
export function faultReason(error: unknown): FaultReason | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const info = error.findDetails(ErrorInfoSchema).find((detail) => detail.domain === faultDomain);
  return info !== undefined && Object.hasOwn(faultCodes, info.reason)
    ? (info.reason as FaultReason)
    : undefined;
}

/** Pushback of an error in milliseconds: how long its sender asks to be left alone. */
export function retryAfterMs(error: ConnectError): number | undefined {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6;
}

function durationFromMs(ms: number) {
  return create(DurationSchema, {
    seconds: BigInt(Math.floor(ms / 1000)),
    nanos: Math.round((ms % 1000) * 1e6),
  });
}
