import { Code } from '@connectrpc/connect';

/** What an error code means outside the call itself. */
export interface CodeMeaning {
  /** Canonical name, as in `google.rpc.Code`. */
  readonly name: string;
  /** HTTP status at the edge (`google.rpc.Code` comments; Connect uses the same table). */
  readonly httpStatus: number;
  /** Whether trying again later can help without anything being changed. */
  readonly retryable: boolean;
  /** What becomes of an event whose handler fails with the code. */
  readonly eventFate: 'retry' | 'dead-letter';
}

/**
 * One table from code to HTTP status, retryability and event fate.
 *
 * UNKNOWN and INTERNAL retry as events, because they are mostly bugs of the moment (a lost database connection
 * without a better code); ABORTED retries because it is the code of a lost race.
 */
export const codeTable: Readonly<Record<Code, CodeMeaning>> = {
  [Code.Canceled]: { name: 'CANCELLED', httpStatus: 499, retryable: false, eventFate: 'retry' },
  [Code.Unknown]: { name: 'UNKNOWN', httpStatus: 500, retryable: false, eventFate: 'retry' },
  [Code.InvalidArgument]: {
    name: 'INVALID_ARGUMENT',
    httpStatus: 400,
    retryable: false,
    eventFate: 'dead-letter',
  },
  [Code.DeadlineExceeded]: {
    name: 'DEADLINE_EXCEEDED',
    httpStatus: 504,
    retryable: false,
    eventFate: 'retry',
  },
  [Code.NotFound]: { name: 'NOT_FOUND', httpStatus: 404, retryable: false, eventFate: 'dead-letter' },
  [Code.AlreadyExists]: {
    name: 'ALREADY_EXISTS',
    httpStatus: 409,
    retryable: false,
    eventFate: 'dead-letter',
  },
  [Code.PermissionDenied]: {
    name: 'PERMISSION_DENIED',
    httpStatus: 403,
    retryable: false,
    eventFate: 'dead-letter',
  },
  [Code.ResourceExhausted]: {
    name: 'RESOURCE_EXHAUSTED',
    httpStatus: 429,
    retryable: true,
    eventFate: 'retry',
  },
  [Code.FailedPrecondition]: {
    name: 'FAILED_PRECONDITION',
    httpStatus: 400,
    retryable: false,
    eventFate: 'dead-letter',
  },
  [Code.Aborted]: { name: 'ABORTED', httpStatus: 409, retryable: true, eventFate: 'retry' },
  [Code.OutOfRange]: { name: 'OUT_OF_RANGE', httpStatus: 400, retryable: false, eventFate: 'dead-letter' },
  [Code.Unimplemented]: {
    name: 'UNIMPLEMENTED',
    httpStatus: 501,
    retryable: false,
    eventFate: 'dead-letter',
  },
  [Code.Internal]: { name: 'INTERNAL', httpStatus: 500, retryable: false, eventFate: 'retry' },
  [Code.Unavailable]: { name: 'UNAVAILABLE', httpStatus: 503, retryable: true, eventFate: 'retry' },
  [Code.DataLoss]: { name: 'DATA_LOSS', httpStatus: 500, retryable: false, eventFate: 'dead-letter' },
  [Code.Unauthenticated]: {
    name: 'UNAUTHENTICATED',
    httpStatus: 401,
    retryable: false,
    eventFate: 'dead-letter',
  },
};
