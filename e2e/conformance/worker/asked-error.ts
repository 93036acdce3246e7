import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  ConformancePayload_RequestInfoSchema,
  type Error as ErrorDefinition,
} from '@busline/schemas/connectrpc/conformance/v1/service';
import { type Code, ConnectError } from '@connectrpc/connect';

/**
 * The error that a request asks for.
 *
 * @param info what arrived, added to the details; left out where a message carried it already.
 */
export function askedError(
  { code, message, details }: ErrorDefinition,
  info?: MessageInitShape<typeof ConformancePayload_RequestInfoSchema>,
): ConnectError {
  // The two enums have the numbers of google.rpc.Code both.
  const error = new ConnectError(message ?? '', code as number as Code);
  const echoed =
    info === undefined
      ? []
      : [anyPack(ConformancePayload_RequestInfoSchema, create(ConformancePayload_RequestInfoSchema, info))];
  error.details = [...details, ...echoed].map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
    value,
  }));
  return error;
}
