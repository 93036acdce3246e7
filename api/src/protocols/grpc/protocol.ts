import { messageEnvelope } from '../envelope/message-envelope.ts';
import { readMessages, readSingleMessage } from '../envelope/message-reader.ts';
import type { CallTarget, Protocol } from '../protocol.ts';
import { type GrpcCall, openGrpcCall } from './call.ts';
import { grpcFailure } from './error.ts';
import { grpcReplies, noMetadata, replyHeaders, replyTrailers } from './replies.ts';
import { readerOptions } from './request.ts';

/** gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
export const grpcProtocol: Protocol<CallTarget, GrpcCall> = {
  name: 'gRPC',
  openCall: (exchange, target) => openGrpcCall(exchange, target, 'grpc'),
  readMessage: (exchange, call) => readSingleMessage(exchange.request, readerOptions(exchange, call)),
  readMessages: (exchange, call, receiver) =>
    readMessages(exchange.request, readerOptions(exchange, call), receiver),
  async writeReply(_, call, reply) {
    const pieces = await messageEnvelope(call, reply.body);
    const { header, trailer } = reply.hasMetadata ? reply : noMetadata;
    return {
      status: 200,
      headers: replyHeaders(call, header),
      body: pieces.length === 1 ? pieces[0] : Buffer.concat(pieces as Uint8Array[]),
      trailers: replyTrailers(call, trailer),
    };
  },
  writeReplies: (_, call) => grpcReplies(call),
  writeError(exchange, thrown, target) {
    const { httpStatus, headers, trailers } = grpcFailure(exchange, { thrown, target, dialect: 'grpc' });
    // HTTP/1 has no trailers that clients read; there the header has to say it all.
    if (exchange.request.httpVersion === 2) return { status: httpStatus, headers, body: undefined, trailers };
    return { status: httpStatus, headers: { ...headers, ...trailers }, body: undefined };
  },
};
