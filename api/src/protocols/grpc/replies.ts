import type { ConnectError } from '@connectrpc/connect';
import { messageEnvelope } from '../envelope/message-envelope.ts';
import type { ReplyEnd, ReplyFraming } from '../protocol.ts';
import type { GrpcCall } from './call.ts';
import { addReplyMetadata } from './metadata.ts';
import { statusFields } from './status.ts';

/** Header fields of an answer (PROTOCOL-HTTP2, "Response-Headers"). */
export function replyHeaders(call: GrpcCall, header: Headers | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': call.contentType };
  if (call.replyCoding !== undefined) headers['grpc-encoding'] = call.replyCoding;
  if (header !== undefined) addReplyMetadata(headers, header);
  return headers;
}

/** How the call ended, as trailers. */
export function replyTrailers(
  { record }: Pick<GrpcCall, 'record'>,
  trailer: Headers | undefined,
  error?: ConnectError,
): Record<string, string> {
  const fields = statusFields(error, record);
  if (trailer !== undefined) addReplyMetadata(fields, trailer);
  return fields;
}

export function grpcReplies(call: GrpcCall): ReplyFraming {
  return {
    headers: (header) => replyHeaders(call, header),
    message: (message) => messageEnvelope(call, message),
    end: (trailer, error): ReplyEnd => ({ pieces: [], trailers: replyTrailers(call, trailer, error) }),
  };
}

/** Of a reply that says nothing besides its message. */
export const noMetadata = { header: undefined, trailer: undefined };
