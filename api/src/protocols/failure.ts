import type { Registry } from '@bufbuild/protobuf';
import { callFate, faultReason, retryAfterMs } from '@busline/bus/errors';
import { Code, ConnectError } from '@connectrpc/connect';
import { HttpFault } from '../http-fault.ts';
import { type ErrorDetail, errorDetails } from '../transcode/error-details.ts';

/** Anything thrown on the way, as protocols answer it. */
export interface Failure {
  readonly error: ConnectError;
  /** Where HTTP has a status of its own for the fault. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is no error of ours is INTERNAL without its text: the log has it. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof HttpFault)
    return { error: thrown.connectError, status: thrown.status, headers: thrown.headers };
  const error = thrown instanceof ConnectError ? thrown : internalError(thrown);
  return { error, status: httpStatus(error), headers: httpFields(error) };
}

export function internalError(cause: unknown): ConnectError {
  return new ConnectError('the edge failed', Code.Internal, undefined, undefined, cause);
}

/**
 * The details of an error for protocols whose clients have deadlines of their own. Such a client may notice its deadline
 * first, and which of the two did should make no difference: the code says it all.
 */
export function callerDetails(error: ConnectError, registry: Registry | undefined): ErrorDetail[] {
  return faultReason(error) === 'DEADLINE' ? [] : errorDetails(error, registry);
}

/** A request within the edge's limit but beyond the broker's is too large too, rather than one of too many. */
function httpStatus(error: ConnectError): number | undefined {
  const isRequestTooLarge = faultReason(error) === 'MESSAGE_TOO_LARGE' && callFate(error) === 'never-started';
  return isRequestTooLarge ? 413 : undefined;
}

/**
 * Fields that HTTP asks for with some statuses, and one of ours on every protocol: what became of a call that failed on
 * the bus (docs/errors.md), so that a client knows whether sending it again is safe.
 */
function httpFields(error: ConnectError): Record<string, string> {
  const fields: Record<string, string> = {};
  const fate = callFate(error);
  if (fate !== undefined) fields['busline-call-fate'] = fate;
  // RFC 9110, section 11.6.1: a 401 names a scheme.
  if (error.code === Code.Unauthenticated && !error.metadata.has('www-authenticate'))
    fields['www-authenticate'] = 'Bearer';
  if (error.code === Code.Unavailable || error.code === Code.ResourceExhausted) {
    const delayMs = retryAfterMs(error);
    // RFC 9110, section 10.2.3: whole seconds.
    if (delayMs !== undefined) fields['retry-after'] = String(Math.max(1, Math.ceil(delayMs / 1000)));
  }
  return fields;
}
