import { type DescMessage, fromBinary, type JsonValue, type Registry, toJson } from '@bufbuild/protobuf';
import { createBinaryToJson, Uncommon } from './binary-to-json.ts';

/** How messages are written as ProtoJSON. */
export interface JsonWriteOptions {
  /**
   * Whether fields without presence are written when they hold their default value. Default false, as ProtoJSON
   * recommends: absent means default.
   */
  readonly alwaysEmitImplicit?: boolean | undefined;
}

/** Turns the bytes of a message into ProtoJSON. */
export interface MessageWriter {
  /** @throws Error when the bytes are not such a message, or it has no JSON form (an unknown type in an Any) */
  write(bytes: Uint8Array): JsonValue;
}

/** Writers by message type. The protobuf library does what the direct way does not, and decides what is an error. */
export function createMessageWriters(
  registry: Registry,
  options: JsonWriteOptions,
): (desc: DescMessage) => MessageWriter {
  const { alwaysEmitImplicit = false } = options;
  const toJsonOptions = { registry, alwaysEmitImplicit };
  // Unknown fields have no name, so JSON cannot show them.
  const fromBinaryOptions = { readUnknownFields: false };
  const directFor = createBinaryToJson(registry);
  const writers = new Map<DescMessage, MessageWriter>();

  function createWriter(desc: DescMessage): MessageWriter {
    const byLibrary = (bytes: Uint8Array) =>
      toJson(desc, fromBinary(desc, bytes, fromBinaryOptions), toJsonOptions);
    const direct = alwaysEmitImplicit ? undefined : directFor(desc);
    if (direct === undefined) return { write: byLibrary };
    return {
      write(bytes) {
        try {
          return direct(bytes);
        } catch (error) {
          if (error instanceof Uncommon) return byLibrary(bytes);
          throw error;
        }
      },
    };
  }

  return (desc) => {
    let writer = writers.get(desc);
    if (writer === undefined) {
      writer = createWriter(desc);
      writers.set(desc, writer);
    }
    return writer;
  };
}
