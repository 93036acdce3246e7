import type { JsonValue, Registry } from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus/errors';
import { Code, type ConnectError } from '@connectrpc/connect';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import type { ErrorDetail } from '../../transcode/error-details.ts';
import { callerDetails, failureOf } from '../failure.ts';
import type { CallTarget } from '../protocol.ts';
import { addErrorMetadata } from './metadata.ts';

/** Writes an error of a unary call: always JSON, whatever the codec (Connect protocol, "Unary-Response"). */
export function writeError(_: Exchange, thrown: unknown, target: CallTarget | undefined): EdgeResponse {
  const { error, status, headers } = failureOf(thrown);
  const fields: Record<string, string> = { ...headers };
  addErrorMetadata(fields, error.metadata);
  if (isHttpMatter(status, error.code)) {
    fields['content-type'] = 'text/plain; charset=utf-8';
    return { status, headers: fields, body: `${error.rawMessage}\n` };
  }
  fields['content-type'] = 'application/json';
  return {
    status: status === 404 ? status : codeTable[error.code].httpStatus,
    headers: fields,
    body: JSON.stringify(errorJson(error, target?.record.registry)),
  };
}

/**
 * Whether a request is refused before it is one of Connect's: by method, content type or HTTP version. The protocol has
 * no codes for that, and its clients make one of the status. An unknown content coding is a plain `unimplemented`.
 */
export function isHttpMatter(status: number | undefined, code: Code): status is 405 | 415 | 505 {
  return status === 405 || status === 505 || (status === 415 && code !== Code.Unimplemented);
}

/** The error as a JSON object (Connect protocol, "Error-End-Stream"). */
export function errorJson(error: ConnectError, registry: Registry | undefined): JsonValue {
  const details = callerDetails(error, registry);
  return {
    code: wireName(error.code),
    ...(error.rawMessage !== '' && { message: error.rawMessage }),
    ...(details.length > 0 && { details: details.map(detailJson) }),
  };
}

/** `not_found` for NOT_FOUND; only CANCELLED is spelled differently (Connect protocol, "Error Codes"). */
function wireName(code: Code): string {
  return code === Code.Canceled ? 'canceled' : codeTable[code].name.toLowerCase();
}

function detailJson(detail: ErrorDetail): JsonValue {
  return {
    type: detail.typeName,
    value: Buffer.from(detail.value).toString('base64').replace(/=+$/, ''),
    ...(detail.json !== undefined && { debug: detail.json }),
  };
}
