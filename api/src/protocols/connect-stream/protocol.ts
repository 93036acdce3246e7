import { Code, ConnectError } from '@connectrpc/connect';
import type { Exchange } from '../../exchange.ts';
import { isHttpMatter, writeError as writeUnaryError } from '../connect/error.ts';
import { acceptedMessageCodings } from '../envelope/message-coding.ts';
import { type MessageReaderOptions, readMessages, readSingleMessage } from '../envelope/message-reader.ts';
import { failureOf } from '../failure.ts';
import type { CallTarget, Protocol } from '../protocol.ts';
import { type ConnectStreamCall, openCall } from './call.ts';
import { endStream } from './end-stream.ts';
import { connectReplies } from './replies.ts';

/** Streams of the Connect protocol (https://connectrpc.com/docs/protocol). */
export const connectStreamProtocol: Protocol<CallTarget, ConnectStreamCall> = {
  name: 'Connect stream',
  openCall,
  readMessage: (exchange, call) => readSingleMessage(exchange.request, readerOptions(exchange, call)),
  readMessages: (exchange, call, receiver) =>
    readMessages(exchange.request, readerOptions(exchange, call), receiver),
  writeReply() {
    // openCall lets none through.
    throw new ConnectError('a unary call needs a content type of its own', Code.Internal);
  },
  writeReplies: (_, call) => connectReplies(call),
  writeError(exchange, thrown, target) {
    const { error, status, headers } = failureOf(thrown);
    // What is no stream at all is answered as HTTP has it; everything else within the stream.
    if (status === 404 || isHttpMatter(status, error.code)) return writeUnaryError(exchange, thrown, target);
    const given = exchange.request.header('content-type') ?? '';
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': given.toLowerCase().includes('json')
          ? 'application/connect+json'
          : 'application/connect+proto',
        'connect-accept-encoding': acceptedMessageCodings,
      },
      body: Buffer.concat(endStream(error.metadata, error, target?.record.registry)),
    };
  },
};

function readerOptions(exchange: Exchange, call: ConnectStreamCall): MessageReaderOptions {
  return {
    maxMessageBytes: exchange.maxBodyBytes,
    coding: call.requestCoding,
    decode: (message) => call.codec.decodeRequest(call.record, message),
  };
}
