import type { DescMessage, Registry } from '@bufbuild/protobuf';
import { FieldViolation, violationError } from './field-violation.ts';
import { createMessageReaders, type MessageReader } from './json-reader.ts';
import { parseJson } from './json-text.ts';
import { createMessageWriters, type JsonWriteOptions } from './json-writer.ts';
import { createMessageBytes, type MessageBytes } from './message-bytes.ts';

/** Messages between ProtoJSON and the binary format, for the types of one contract. */
export interface JsonCodec {
  readonly readerOf: (desc: DescMessage) => MessageReader;
  readonly messageBytes: MessageBytes;
  /**
   * A message given as JSON text, in the binary format.
   *
   * @throws ConnectError INVALID_ARGUMENT with a `google.rpc.BadRequest` that names the field
   */
  decode(desc: DescMessage, text: Uint8Array): Uint8Array;
  /** @throws Error when the bytes are not such a message */
  encode(desc: DescMessage, message: Uint8Array): string;
}

export function createJsonCodec(registry: Registry, options: JsonWriteOptions): JsonCodec {
  const readerOf = createMessageReaders(registry);
  const writerOf = createMessageWriters(registry, options);
  const messageBytes = createMessageBytes();
  return {
    readerOf,
    messageBytes,
    decode(desc, text) {
      try {
        return messageBytes((writer) => readerOf(desc).read(parseJson(text), writer, 0));
      } catch (error) {
        throw error instanceof FieldViolation ? violationError(error, 'request body') : error;
      }
    },
    encode: (desc, message) => JSON.stringify(writerOf(desc).write(message)),
  };
}
