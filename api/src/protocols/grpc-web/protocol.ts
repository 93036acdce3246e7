import { messageEnvelope } from '../envelope/message-envelope.ts';
import { readMessages, readSingleMessage } from '../envelope/message-reader.ts';
import { type GrpcCall, openGrpcCall } from '../grpc/call.ts';
import { grpcContentType } from '../grpc/content-type.ts';
import { grpcFailure } from '../grpc/error.ts';
import { noMetadata, replyHeaders, replyTrailers } from '../grpc/replies.ts';
import { readerOptions } from '../grpc/request.ts';
import type { CallTarget, Pieces, Protocol } from '../protocol.ts';
import { trailerFrame } from './trailer-frame.ts';

/** gRPC-Web (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): gRPC with its trailers in the body. */
export const grpcWebProtocol: Protocol<CallTarget, GrpcCall> = {
  name: 'gRPC-Web',
  openCall: (exchange, target) => openGrpcCall(exchange, target, 'grpc-web'),
  readMessage: (exchange, call) => readSingleMessage(exchange.request, readerOptions(exchange, call)),
  readMessages: (exchange, call, receiver) =>
    readMessages(exchange.request, readerOptions(exchange, call), receiver),
  async writeReply(_, call, reply) {
    const message = await messageEnvelope(call, reply.body);
    const { header, trailer } = reply.hasMetadata ? reply : noMetadata;
    const trailers = trailerFrame(replyTrailers(call, trailer));
    return {
      status: 200,
      headers: replyHeaders(call, header),
      body: joined([...message, ...trailers], call.text),
    };
  },
  writeReplies: (_, call) => ({
    headers: (header) => replyHeaders(call, header),
    message(message) {
      const pieces = messageEnvelope(call, message);
      return pieces instanceof Promise
        ? pieces.then((packed) => wrapped(packed, call.text))
        : wrapped(pieces, call.text);
    },
    end: (trailer, error) => ({
      pieces: wrapped(trailerFrame(replyTrailers(call, trailer, error)), call.text),
    }),
  }),
  writeError(exchange, thrown, target) {
    const { httpStatus, headers, trailers } = grpcFailure(exchange, { thrown, target, dialect: 'grpc-web' });
    const text = grpcContentType(headers['content-type'])?.text === true;
    return { status: httpStatus, headers, body: joined(trailerFrame(trailers), text) };
  },
};

/** Base64 by itself, padded, where the answer is text. */
function wrapped(pieces: Pieces, text: boolean): Pieces {
  return text ? [joined(pieces, text)] : pieces;
}

function joined(pieces: Pieces, text: boolean): Uint8Array | string {
  const bytes = Buffer.concat(
    pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
  );
  return text ? bytes.toString('base64') : bytes;
}
