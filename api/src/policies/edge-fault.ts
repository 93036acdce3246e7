import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
import {
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';

/** Domain of the `google.rpc.ErrorInfo` of every error by which an edge turns a caller away. */
export const edgeDomain = 'edge.busline';

/** Every reason for which an edge turns a caller away. docs/security.md describes each; a test holds the two together. */
export const edgeReasons = {
  /** The method needs credentials, and there are none. */
  CREDENTIALS_MISSING: Code.Unauthenticated,
  /** There are credentials, and they are not valid. */
  CREDENTIALS_INVALID: Code.Unauthenticated,
  /** There are two kinds of credentials at once. */
  CREDENTIALS_AMBIGUOUS: Code.InvalidArgument,
  /** The keys that tokens are checked with cannot be had. */
  KEYS_UNAVAILABLE: Code.Unavailable,
  /** The caller is known, and may not do this. */
  SCOPE_MISSING: Code.PermissionDenied,
  /** No contract of such an event is known. */
  EVENT_UNKNOWN: Code.NotFound,
  /** The contract of the event does not let it be used at an edge like this. */
  EVENT_CLOSED: Code.PermissionDenied,
  /** The caller has used up what it may call. */
  RATE_LIMITED: Code.ResourceExhausted,
  /** A web page of another origin calls, and it is not among those allowed. */
  ORIGIN_NOT_ALLOWED: Code.PermissionDenied,
  /** The edge is open to this machine only, and was asked under another name. */
  HOST_NOT_ALLOWED: Code.PermissionDenied,
} as const satisfies Record<string, Code>;

export type EdgeReason = keyof typeof edgeReasons;

export interface EdgeFaultInit {
  /** What happened, why, and what to do. */
  readonly message: string;
  /** Facts for programs, keys in lower camel case (AIP-193). */
  readonly facts?: Readonly<Record<string, string>> | undefined;
  /** Fields of the answer, or metadata, by the protocol. Names in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Not before this many milliseconds does it make sense to try again. */
  readonly retryAfterMs?: number | undefined;
  /** Name of the rate limit that was hit. */
  readonly violatedPolicy?: string | undefined;
  readonly cause?: unknown;
}

/** Makes the error that turns a caller away. */
export function edgeFault(reason: EdgeReason, init: EdgeFaultInit): ConnectError {
  const { message, facts, metadata, retryAfterMs, violatedPolicy, cause } = init;
  const error = new ConnectError(message, edgeReasons[reason], metadata, undefined, cause);
  error.details.push({
    desc: ErrorInfoSchema,
    value: { reason, domain: edgeDomain, metadata: { ...facts } },
  });
  if (violatedPolicy !== undefined) {
    const violation = { subject: 'caller', description: message, quotaId: violatedPolicy };
    error.details.push({ desc: QuotaFailureSchema, value: { violations: [violation] } });
  }
  if (retryAfterMs !== undefined)
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationOf(retryAfterMs) } });
  return error;
}

function durationOf(ms: number): Duration {
  return create(DurationSchema, {
    seconds: BigInt(Math.floor(ms / 1000)),
    nanos: Math.round((ms % 1000) * 1e6),
  });
}
