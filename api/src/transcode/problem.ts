import { STATUS_CODES } from 'node:http';
import { isMessage, type JsonValue, type Registry } from '@bufbuild/protobuf';
import { type CallFate, callFate, codeTable } from '@busline/bus/errors';
import { BadRequestSchema, QuotaFailureSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, type ConnectError } from '@connectrpc/connect';
import { type ErrorDetail, errorDetails } from './error-details.ts';
import { type FieldLocation, locateField } from './field-location.ts';
import type { HttpBinding } from './http-rule.ts';

/** The body of a REST error (RFC 9457, section 3), with the fields of `google.rpc.Status` as extension members. */
export interface Problem {
  /**
   * `about:blank` where the status says it all (RFC 9457, section 4.2.1); `quotaExceededType` where a quota is used up.
   */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  /** Canonical name of the code, `NOT_FOUND`. */
  readonly code: string;
  /** `google.protobuf.Any` as JSON; a type the edge does not know has its bytes in `value`, in base64. */
  readonly details?: readonly JsonValue[];
  /** Whether a call that failed on the bus never started or may have run; absent where the service itself answered. */
  readonly fate?: CallFate;
  /** One for each field of a `google.rpc.BadRequest`. */
  readonly errors?: readonly ProblemField[];
  /** Names of the quotas that are used up (draft-ietf-httpapi-ratelimit-headers, "Quota Exceeded"). */
  readonly 'violated-policies'?: readonly string[];
  readonly requestId?: string;
  readonly traceId?: string;
}

export type ProblemField = FieldLocation & { readonly detail: string };

/** Problem type of an error with a `google.rpc.QuotaFailure`. */
export const quotaExceededType = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

export const problemContentType = 'application/problem+json';

/** What a problem says besides the error. */
export interface ProblemContext {
  /** HTTP status; by default that of the code (`codeTable`). */
  readonly status?: number | undefined;
  readonly path: string;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
  /** The binding that was called, and the types of its service. */
  readonly binding?: HttpBinding | undefined;
  readonly registry?: Registry | undefined;
}

/**
 * Describes an error to a REST client. The text and details of UNKNOWN and INTERNAL stay in the log: they tell of
 * the inside of a service, and of nothing the client could act on.
 */
export function problemOf(error: ConnectError, context: ProblemContext): Problem {
  const meaning = codeTable[error.code];
  const fate = callFate(error);
  const status = context.status ?? meaning.httpStatus;
  const { text, details } = publicError(error, context.registry);
  const errors = details.flatMap((detail) => fieldsOf(detail, context.binding));
  const quotas = details.flatMap(quotasOf);
  return {
    type: quotas.length > 0 ? quotaExceededType : 'about:blank',
    title: STATUS_CODES[status] ?? statusTitles[status] ?? meaning.name,
    status,
    detail: text,
    instance: context.path,
    code: meaning.name,
    ...(fate !== undefined && { fate }),
    ...(details.length > 0 && { details: details.map(anyJson) }),
    ...(errors.length > 0 && { errors }),
    ...(quotas.length > 0 && { 'violated-policies': quotas }),
    ...(context.requestId !== undefined && { requestId: context.requestId }),
    ...(context.traceId !== undefined && { traceId: context.traceId }),
  };
}

/** Titles of statuses that no RFC registers. */
const statusTitles: Readonly<Record<number, string>> = { 499: 'Client Closed Request' };

/** What of an error may be shown to whoever asks. */
export function publicError(
  error: ConnectError,
  registry: Registry | undefined,
): { readonly text: string; readonly details: readonly ErrorDetail[] } {
  if (error.code === Code.Unknown || error.code === Code.Internal) return { text: hiddenText, details: [] };
  return { text: error.rawMessage, details: errorDetails(error, registry) };
}

const hiddenText = 'The service failed. Its operators find the cause in the log by the request id.';

/** A detail as `google.protobuf.Any` in JSON. */
export function anyJson(detail: ErrorDetail): JsonValue {
  const type = { '@type': `type.googleapis.com/${detail.typeName}` };
  const { json } = detail;
  if (json === undefined) return { ...type, value: Buffer.from(detail.value).toString('base64') };
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  // A type with a JSON form of its own stands in "value" (ProtoJSON, "Any").
  return isObject && detail.typeName.startsWith('google.protobuf.') === false
    ? { ...type, ...json }
    : { ...type, value: json };
}

function fieldsOf(detail: ErrorDetail, binding: HttpBinding | undefined): ProblemField[] {
  if (!isMessage(detail.message, BadRequestSchema)) return [];
  return detail.message.fieldViolations.map(({ field, description }) => ({
    ...locateField(field, binding),
    detail: description,
  }));
}

function quotasOf(detail: ErrorDetail): string[] {
  if (!isMessage(detail.message, QuotaFailureSchema)) return [];
  return detail.message.violations.map(({ quotaId, subject }) => quotaId || subject);
}
