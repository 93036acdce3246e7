import type { ContentCoding } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { httpVersionNeeded, unsupportedType, wrongMethod } from '../../http-fault.ts';
import type { MethodRecord } from '../../method-record.ts';
import type { Codec } from '../codec.ts';
import { streamCodecOf, streamContentTypes, unaryContentTypes } from '../connect/content-type.ts';
import { requestMetadata } from '../connect/metadata.ts';
import { checkVersion } from '../connect/request.ts';
import { parseTimeout } from '../connect/timeout.ts';
import { firstAccepted, messageCodingOf } from '../envelope/message-coding.ts';
import type { CallTarget, ProtocolCall } from '../protocol.ts';

/** A call of a streaming method. */
export interface ConnectStreamCall extends ProtocolCall {
  readonly record: MethodRecord;
  readonly codec: Codec;
  readonly requestCoding: ContentCoding | undefined;
  readonly replyCoding: ContentCoding | undefined;
}

/** Reads the header of a request (Connect protocol, "Streaming-Request"). */
export function openCall(exchange: Exchange, { record }: CallTarget): ConnectStreamCall {
  const { request } = exchange;
  const contentType = request.header('content-type');
  const codec = streamCodecOf(contentType);
  const { methodKind } = record.desc;
  if (codec === undefined || methodKind === 'unary')
    throw unsupportedType(contentType, methodKind === 'unary' ? unaryContentTypes : streamContentTypes);
  if (request.method !== 'POST') throw wrongMethod(request.method, ['POST']);
  if (methodKind === 'bidi_streaming' && request.httpVersion !== 2)
    throw httpVersionNeeded(`the bidi streaming method ${record.name}`);
  checkVersion(exchange);
  return {
    record,
    codec,
    metadata: requestMetadata(exchange),
    timeoutMs: parseTimeout(request.header('connect-timeout-ms')),
    requestCoding: messageCodingOf(request.header('connect-content-encoding')),
    replyCoding: firstAccepted(request.header('connect-accept-encoding')),
  };
}
