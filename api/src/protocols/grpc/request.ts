import type { Exchange } from '../../exchange.ts';
import type { MessageReaderOptions } from '../envelope/message-reader.ts';
import { createBase64Decoder } from '../grpc-web/base64.ts';
import type { GrpcCall } from './call.ts';

/** How the messages of a request are read. */
export function readerOptions(exchange: Exchange, call: GrpcCall): MessageReaderOptions {
  return {
    maxMessageBytes: exchange.maxBodyBytes,
    coding: call.requestCoding,
    decode: (message) => call.codec.decodeRequest(call.record, message),
    unwrap: call.text ? createBase64Decoder() : undefined,
  };
}
