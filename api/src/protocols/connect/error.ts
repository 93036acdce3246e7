import type { JsonValue, Registry } from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus/errors';
import { Code, type ConnectError } from '@connectrpc/connect';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import { type ErrorDetail, errorDetails } from '../../transcode/error-details.ts';
import { failureOf } from '../failure.ts';
import type { CallTarget } from '../protocol.ts';
import { addErrorMetadata } from './metadata.ts';

/** Writes an error of a unary call: always JSON, whatever the codec (Connect protocol, "Unary-Response"). */
export function writeError(_: Exchange, thrown: unknown, target: CallTarget | undefined): EdgeResponse {
  const { error, status, headers } = failureOf(thrown);
  const fields: Record<string, string> = { ...headers, 'content-type': 'application/json' };
  addErrorMetadata(fields, error.metadata);
  return {
    status: protocolStatus(status, error.code) ?? codeTable[error.code].httpStatus,
    headers: fields,
    body: JSON.stringify(errorJson(error, target?.record.registry)),
  };
}

/** The error as a JSON object (Connect protocol, "Error-End-Stream"). */
export function errorJson(error: ConnectError, registry: Registry | undefined): JsonValue {
  const details = errorDetails(error, registry);
  return {
    code: wireName(error.code),
    ...(error.rawMessage !== '' && { message: error.rawMessage }),
    ...(details.length > 0 && { details: details.map(detailJson) }),
  };
}

/**
 * The statuses of HTTP itself that the protocol keeps; every other comes from the code. An unknown content coding is
 * a plain `unimplemented` here.
 */
export function protocolStatus(status: number | undefined, code: Code): number | undefined {
  const kept =
    status === 404 || status === 405 || status === 505 || (status === 415 && code !== Code.Unimplemented);
  return kept ? status : undefined;
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
