import { type JsonValue, type Registry, toJson } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { redacted } from '@busline/bus';
import { codeTable, faultReason } from '@busline/bus/errors';
import { BadRequestSchema, ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { Code, ConnectError } from '@connectrpc/connect';
import { type KnownMethod, methodName } from '../contracts/known-service.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** An error of a call as a failure of the command, with its details. What is no such error stays what it is. */
export function callFailure(error: unknown, { method, registry }: KnownMethod): unknown {
  if (!(error instanceof ConnectError) || isUnreachable(error)) return error;
  const { name } = codeTable[error.code];
  const reason = faultReason(error);
  const [info] = error.findDetails(ErrorInfoSchema);
  const violations = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) =>
      fieldViolations.map(({ field, description }) => `${field}: ${description}`),
    )
    .filter((violation) => !error.rawMessage.includes(violation));
  const source = info === undefined ? '' : ` (${[info.reason, info.domain].filter(Boolean).join(' of ')})`;
  return new CommandFailure({
    code: name,
    exitCode: error.code === Code.DeadlineExceeded ? ExitCode.deadline : ExitCode.callFailed,
    what: `${methodName(method)} failed with ${name}`,
    why: [`${error.rawMessage || 'it gave no reason'}${source}`, ...violations].join('\n'),
    ...(reason !== undefined && {
      hint: `docs/errors.md tells what ${reason} means`,
      docs: 'docs/errors.md',
    }),
    details: shownDetails(error, registry),
    cause: error,
  });
}

function isUnreachable(error: ConnectError): boolean {
  if (error.cause instanceof TypeError && error.cause.message === 'fetch failed') return true;
  return faultReason(error) === 'DISCONNECTED';
}

/** Details as ProtoJSON, as far as their types are known. */
function shownDetails(error: ConnectError, registry: Registry): JsonValue[] {
  return error.details.map((detail): JsonValue => {
    if ('desc' in detail) return { '@type': detail.desc.typeName };
    const { type, value } = detail;
    const known = [ErrorInfoSchema, BadRequestSchema].find(({ typeName }) => typeName === type);
    const desc = known ?? registry.getMessage(type);
    const any = { $typeName: 'google.protobuf.Any' as const, typeUrl: `type.googleapis.com/${type}`, value };
    const message = desc && anyUnpack(any, desc);
    if (desc === undefined || message === undefined) return { '@type': type };
    const json = toJson(desc, redacted(desc, message, registry), { registry });
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? { '@type': type, ...json }
      : { '@type': type, value: json };
  });
}
