import { addReplyMetadata } from '../connect/metadata.ts';
import { messageEnvelope } from '../envelope/message-envelope.ts';
import type { ReplyFraming } from '../protocol.ts';
import type { ConnectStreamCall } from './call.ts';
import { endStream } from './end-stream.ts';

/** The answer of a streaming method (Connect protocol, "Streaming-Response"). */
export function connectReplies(call: ConnectStreamCall): ReplyFraming {
  const { codec, record, replyCoding } = call;
  return {
    headers(header) {
      const headers: Record<string, string> = { 'content-type': `application/connect+${codec.name}` };
      if (replyCoding !== undefined) headers['connect-content-encoding'] = replyCoding;
      addReplyMetadata(headers, { header, trailer: noTrailer });
      return headers;
    },
    message: (message) => messageEnvelope(call, message),
    end: (trailer, error) => ({ pieces: endStream(trailer, error, record.registry) }),
  };
}

const noTrailer = new Headers();
