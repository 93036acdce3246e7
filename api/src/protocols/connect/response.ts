import type { UnaryReply } from '@busline/bus';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import { bodyResponse } from '../encode-body.ts';
import { addReplyMetadata } from './metadata.ts';
import type { ConnectCall } from './request.ts';

/** Writes a unary reply (Connect protocol, "Unary-Response"). */
export async function writeReply(
  exchange: Exchange,
  call: ConnectCall,
  reply: UnaryReply,
): Promise<EdgeResponse> {
  const { codec, record } = call;
  const headers: Record<string, string> = { 'content-type': codec.contentType };
  if (reply.hasMetadata) addReplyMetadata(headers, reply);
  return bodyResponse(exchange, headers, codec.encodeResponse(record, reply.body));
}
