import { type EdgeResponse, type Exchange, traceIdOf } from '../../exchange.ts';
import type { RestTarget } from '../../rest-route.ts';
import { type Problem, problemContentType, problemOf } from '../../transcode/problem.ts';
import { failureOf } from '../failure.ts';
import { addErrorMetadata } from './metadata.ts';

/** Writes an error as a problem (RFC 9457). */
export function writeError(
  exchange: Exchange,
  thrown: unknown,
  target: RestTarget | undefined,
): EdgeResponse {
  const { error, headers } = failureOf(thrown);
  const problem = errorProblem(exchange, thrown, target);
  const fields: Record<string, string> = { ...headers, 'content-type': problemContentType };
  addErrorMetadata(fields, error.metadata);
  return { status: problem.status, headers: fields, body: JSON.stringify(problem) };
}

export function errorProblem(exchange: Exchange, thrown: unknown, target: RestTarget | undefined): Problem {
  const { error, status } = failureOf(thrown);
  return problemOf(error, {
    status,
    path: exchange.request.path,
    requestId: exchange.requestId,
    traceId: traceIdOf(exchange.traceparent),
    binding: target?.route.binding,
    registry: target?.route.record.registry,
  });
}
