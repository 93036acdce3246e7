import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
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
   * Encodes into a place of the caller's. Throws as `encode` does, then having reserved nothing.
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
  const write = (message: Message, sizes: readonly number[], place: { bytes: Buffer; at: number }): void => {
    const writer = { bytes: place.bytes, at: place.at, sizes, nextSize: 0 };
    encoder.write(writer, message as never);
  };

  return {
    encode(message) {
      const sizes: number[] = [];
      const size = encoder.size(message, sizes);
      if (Number.isNaN(size)) return foreign.encode(message);
      const bytes = Buffer.allocUnsafe(size);
      write(message, sizes, { bytes, at: 0 });
      return bytes;
    },
    encodeInto(target, message) {
      const sizes: number[] = [];
      const size = encoder.size(message, sizes);
      if (Number.isNaN(size)) return foreign.encodeInto(target, message);
      const at = target.reserve(size);
      write(message, sizes, { bytes: target.bytes, at });
      return size;
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
