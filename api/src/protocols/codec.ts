import type { MethodRecord } from '../method-record.ts';

/** A form of messages in bodies. */
export interface Codec {
  readonly name: 'proto' | 'json';
  readonly contentType: string;
  /** @throws ConnectError INVALID_ARGUMENT naming the field */
  decodeRequest(record: MethodRecord, body: Uint8Array): Uint8Array;
  /** @throws Error when the bytes are not a message of the method's output type */
  encodeResponse(record: MethodRecord, message: Uint8Array): Uint8Array | string;
}

/** Binary messages pass through: only the worker decodes them. */
export const protoCodec: Codec = {
  name: 'proto',
  contentType: 'application/proto',
  decodeRequest: (_, body) => body,
  encodeResponse: (_, message) => message,
};

export const jsonCodec: Codec = {
  name: 'json',
  contentType: 'application/json',
  decodeRequest: (record, body) => record.json.decode(record.desc.input, body),
  encodeResponse: (record, message) => record.json.encode(record.desc.output, message),
};
