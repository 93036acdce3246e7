import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { ByteWriter } from './byte-writer.ts';
import { messageReader } from './decode-message.ts';
import { messageEncoder } from './encode-message.ts';
import { isPlain } from './plain-message.ts';

/** A place that a message is encoded into. */
export interface EncodeTarget {
  /** Makes room for so many bytes and returns where in `bytes` they go. */
  reserve(size: number): number;
  /** The buffer that the last `reserve` spoke of. */
  readonly bytes: Buffer;
}

/**
 * Messages of one type to bytes and back, with the results and the errors of protobuf-es's `toBinary` and `fromBinary`,
 * which it calls for whatever its own closures do not cover.
 */
export interface MessageCodec {
  /** @throws what protobuf-es's `toBinary` throws. */
  encode(message: Message): Uint8Array;
  /**
   * Encodes into a place of the caller's; what is there is a message only if this returns. Throws as `encode` does.
   *
   * @returns bytes written.
   */
  encodeInto(target: EncodeTarget, message: Message): number;
  /**
   * Fields of the type `bytes` are views of what was decoded.
   *
   * @throws what protobuf-es's `fromBinary` throws.
   */
  decode(bytes: Uint8Array): Message;
}

const codecs = new WeakMap<DescMessage, MessageCodec>();

/** The codec of a message type, made when it is first asked for. */
export function messageCodec(type: DescMessage): MessageCodec {
  let codec = codecs.get(type);
  if (codec === undefined) {
    codec = isPlain(type) ? ownCodec(type) : foreignCodec(type);
    codecs.set(type, codec);
  }
  return codec;
}

function ownCodec(type: DescMessage): MessageCodec {
  const foreign = foreignCodec(type);
  const encoder = messageEncoder(type);
  const read = messageReader(type);
  /** Whether the bytes are as many as were counted: what a getter gives may differ from one time to the next. */
  const write = (message: Message, writer: ByteWriter, size: number): boolean => {
    const end = writer.at + size;
    encoder.write(writer, message as never);
    return writer.at === end;
  };

  return {
    encode(message) {
      const sizes: number[] = [];
      const size = encoder.size(message, sizes);
      if (Number.isNaN(size)) return foreign.encode(message);
      const bytes = Buffer.allocUnsafe(size);
      return write(message, { bytes, at: 0, sizes, nextSize: 0 }, size) ? bytes : foreign.encode(message);
    },
    encodeInto(target, message) {
      const sizes: number[] = [];
      const size = encoder.size(message, sizes);
      if (Number.isNaN(size)) return foreign.encodeInto(target, message);
      const at = target.reserve(size);
      const { bytes } = target;
      if (write(message, { bytes, at, sizes, nextSize: 0 }, size)) return size;
      throw new TypeError(`a ${type.typeName} changed while it was encoded`);
    },
    decode(bytes) {
      const message = create(type);
      const reader = { bytes, at: 0, depth: 0, view: undefined };
      read(message as never, reader, bytes.length);
      return reader.at === bytes.length ? message : foreign.decode(bytes);
    },
  };
}

function foreignCodec(type: DescMessage): MessageCodec {
  return {
    encode: (message) => toBinary(type, message),
    encodeInto(target, message) {
      const bytes = toBinary(type, message);
      const at = target.reserve(bytes.length);
      target.bytes.set(bytes, at);
      return bytes.length;
    },
    decode: (bytes) => fromBinary(type, bytes),
  };
}
