import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { type Status, StatusSchema } from '@busline/schemas/google/rpc/status';
import { Code, ConnectError } from '@connectrpc/connect';

/**
 * `google.rpc.Status` as the body of an error reply (docs/protocol.md, "Errors"). Codes are those of gRPC, which
 * are Connect's.
 */
export function encodeStatus(error: ConnectError): Uint8Array {
  return toBinary(
    StatusSchema,
    create(StatusSchema, {
      code: error.code,
      message: error.rawMessage,
      details: error.details.map((detail) =>
        'desc' in detail
          ? anyPack(detail.desc, create(detail.desc, detail.value))
          : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
      ),
    }),
  );
}

/** The error in `body`, or undefined when the bytes are not a `google.rpc.Status` with an error code. */
export function decodeStatus(body: Uint8Array, metadata?: Headers): ConnectError | undefined {
  let status: Status;
  try {
    status = fromBinary(StatusSchema, body);
  } catch {
    return undefined;
  }
  if (!isErrorCode(status.code)) return undefined;
  const error = new ConnectError(status.message, status.code, metadata);
  error.details = status.details.map((any) => ({
    type: any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1),
    value: any.value,
  }));
  return error;
}

/** Whether `code` is one of the sixteen error codes; 0 is OK and no error. */
export function isErrorCode(code: number): code is Code {
  return Number.isInteger(code) && code >= Code.Canceled && code <= Code.Unauthenticated;
}
