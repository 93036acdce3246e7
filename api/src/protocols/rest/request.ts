import { decompress } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { unsupportedType } from '../../http-fault.ts';
import type { RestTarget } from '../../rest-route.ts';
import { jsonContentType } from '../../transcode/response.ts';
import type { ProtocolCall } from '../protocol.ts';
import { isJson } from './content-type.ts';
import { requestMetadata } from './metadata.ts';
import { parseTimeout } from './timeout.ts';

export interface RestCall extends ProtocolCall {
  readonly target: RestTarget;
}

/** Reads a call by a `google.api.http` rule. */
export async function readCall(exchange: Exchange, target: RestTarget): Promise<RestCall> {
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
  return {
    target,
    metadata: requestMetadata(exchange),
    timeoutMs: parseTimeout(request.header('grpc-timeout')),
    message: transcoder.encode({ segments: target.segments, query: request.query, contentType, body }),
  };
}
