import type { UnaryReply } from '@busline/bus';
import type { EdgeResponse, Exchange } from '../../exchange.ts';
import { bodyResponse } from '../encode-body.ts';
import { addReplyMetadata } from './metadata.ts';
import type { RestCall } from './request.ts';

/** Writes the reply by the same rule. */
export async function writeReply(
  exchange: Exchange,
  call: RestCall,
  reply: UnaryReply,
): Promise<EdgeResponse> {
  const { contentType, body } = call.target.route.response().decode(reply.body);
  const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
  if (reply.hasMetadata) addReplyMetadata(headers, reply);
  return bodyResponse(exchange, headers, body);
}
