import { decompress } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { unsupportedType } from '../../http-fault.ts';
import type { RestTarget } from '../../rest-route.ts';
import { jsonContentType } from '../../transcode/response.ts';
import { parseTimeout } from '../grpc/timeout.ts';
import type { ProtocolCall } from '../protocol.ts';
import { isJson } from './content-type.ts';
import { requestMetadata } from './metadata.ts';

export interface RestCall extends ProtocolCall {
  readonly target: RestTarget;
}

/** What the header of a request says about the call. */
export function openCall(exchange: Exchange, target: RestTarget): RestCall {
  return {
    target,
    metadata: requestMetadata(exchange, target.record.upstream !== undefined),
    timeoutMs: parseTimeout(exchange.request.header('grpc-timeout')),
  };
}

/** Reads the message by a `google.api.http` rule. */
export async function readMessage(exchange: Exchange, { target }: RestCall): Promise<Uint8Array> {
  const { request } = exchange;
  const transcoder = target.route.request();
  const contentType = request.header('content-type');
  let body: Uint8Array | undefined;
  if (request.hasBody) {
    if (transcoder.bodyKind === 'json' && !isJson(contentType))
      throw unsupportedType(contentType, [jsonContentType]);
    const sent = await request.readBody(exchange.maxBodyBytes);
    const encoding = request.header('content-encoding');
    body = encoding === undefined ? sent : await decompress(sent, encoding, exchange.maxBodyBytes);
  }
  return transcoder.encode({ segments: target.segments, query: request.query, contentType, body });
}
