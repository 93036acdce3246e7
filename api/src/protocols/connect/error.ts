import type { JsonValue } from '@bufbuild/protobuf';
import { codeTable } from '@busline/bus/errors';
import { Code } from '@connectrpc/connect';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import { type ErrorDetail, errorDetails } from '../../transcode/error-details.ts';
import { failureOf } from '../failure.ts';
import type { CallTarget } from '../protocol.ts';
import { addErrorMetadata } from './metadata.ts';

/** Writes an error of a unary call: always JSON, whatever the codec (Connect protocol, "Error-End-Stream" and "Unary"). */
export function writeError(_: Exchange, thrown: unknown, target: CallTarget | undefined): EdgeResponse {
  const { error, status, headers } = failureOf(thrown);
  const fields: Record<string, string> = { ...headers, 'content-type': 'application/json' };
  addErrorMetadata(fields, error.metadata);
  const details = errorDetails(error, target?.record.registry);
  const body = {
    code: wireName(error.code),
    ...(error.rawMessage !== '' && { message: error.rawMessage }),
    ...(details.length > 0 && { details: details.map(detailJson) }),
  };
  return {
    status: protocolStatus(status, error.code) ?? codeTable[error.code].httpStatus,
    headers: fields,
    body: JSON.stringify(body),
  };
}

/**
 * The statuses of HTTP itself that the protocol keeps; every other comes from the code. An unknown content coding is
 * a plain `unimplemented` here.
 */
function protocolStatus(status: number | undefined, code: Code): number | undefined {
  const kept = status === 404 || status === 405 || (status === 415 && code !== Code.Unimplemented);
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
