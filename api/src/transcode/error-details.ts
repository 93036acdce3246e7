import {
  create,
  createRegistry,
  type DescMessage,
  fromBinary,
  type JsonValue,
  type Message,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { file_google_rpc_error_details } from '@busline/schemas/google/rpc/error_details';
import type { ConnectError } from '@connectrpc/connect';

/** A detail of an error, in the form every protocol starts from. */
export interface ErrorDetail {
  readonly typeName: string;
  readonly value: Uint8Array;
  /** The message, where its type is known and its bytes are valid. */
  readonly message: Message | undefined;
  /** The same as ProtoJSON. */
  readonly json: JsonValue | undefined;
}

/** The types of google/rpc/error_details.proto, which every edge knows. */
const standardTypes = createRegistry(file_google_rpc_error_details);

/**
 * The details of an error. `google.rpc.DebugInfo` is left out: it is for those who run the service, not for its
 * callers.
 *
 * @param registry types of the service that answered, if one did
 */
export function errorDetails(error: ConnectError, registry?: Registry): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  for (const detail of error.details) {
    const typeName = 'desc' in detail ? detail.desc.typeName : detail.type;
    if (typeName === 'google.rpc.DebugInfo') continue;
    if ('desc' in detail) {
      const message = create(detail.desc, detail.value);
      details.push({
        typeName,
        value: toBinary(detail.desc, message),
        message,
        json: jsonOf(detail.desc, message, registry),
      });
      continue;
    }
    const desc = standardTypes.getMessage(typeName) ?? registry?.getMessage(typeName);
    const message = desc && messageOf(desc, detail.value);
    details.push({
      typeName,
      value: detail.value,
      message,
      json: desc && message && jsonOf(desc, message, registry),
    });
  }
  return details;
}

function messageOf(desc: DescMessage, value: Uint8Array): Message | undefined {
  try {
    return fromBinary(desc, value);
  } catch {
    return undefined;
  }
}

function jsonOf(desc: DescMessage, message: Message, registry: Registry | undefined): JsonValue | undefined {
  try {
    return toJson(desc, message, registry === undefined ? {} : { registry });
  } catch {
    return undefined;
  }
}
