import { traceIdOf } from '@busline/bus';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import type { ErrorFormat, RestTarget } from '../../rest-route.ts';
import { googleErrorOf } from '../../transcode/google-error.ts';
import { problemContentType, problemOf } from '../../transcode/problem.ts';
import { jsonContentType } from '../../transcode/response.ts';
import { failureOf } from '../failure.ts';
import { addErrorMetadata } from './metadata.ts';

/** An error, and where it came from. */
export interface RestFailure {
  readonly thrown: unknown;
  /** Undefined when the path led nowhere. */
  readonly target: RestTarget | undefined;
  readonly errorFormat: ErrorFormat;
}

/** Writes an error as a problem (RFC 9457), or as Google's APIs do (AIP-193). */
export function writeError(exchange: Exchange, failure: RestFailure): EdgeResponse {
  const { error, headers } = failureOf(failure.thrown);
  const { status, body } = errorBody(exchange, failure);
  const contentType = failure.errorFormat === 'google' ? jsonContentType : problemContentType;
  const fields: Record<string, string> = { ...headers, 'content-type': contentType };
  addErrorMetadata(fields, error.metadata);
  return { status, headers: fields, body: JSON.stringify(body) };
}

/** The JSON object that tells of an error. */
export function errorBody(
  exchange: Exchange,
  { thrown, target, errorFormat }: RestFailure,
): { readonly status: number; readonly body: object } {
  const { error, status } = failureOf(thrown);
  const registry = target?.route.record.registry;
  if (errorFormat === 'google') {
    const body = googleErrorOf(error, { status, registry });
    return { status: body.error.code, body };
  }
  const problem = problemOf(error, {
    status,
    path: exchange.request.path,
    requestId: exchange.requestId,
    traceId: traceIdOf(exchange.traceparent),
    binding: target?.route.binding,
    registry,
  });
  return { status: problem.status, body: problem };
}
