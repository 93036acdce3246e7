import { Code, ConnectError } from '@connectrpc/connect';
import { decompress } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { unsupportedType, wrongMethod } from '../../http-fault.ts';
import type { MethodRecord } from '../../method-record.ts';
import type { Codec } from '../codec.ts';
import type { CallTarget, ProtocolCall } from '../protocol.ts';
import { codecOf, streamContentTypes, unaryContentTypes } from './content-type.ts';
import { type GetCall, readGetRequest } from './get-request.ts';
import { requestMetadata } from './metadata.ts';
import { parseTimeout } from './timeout.ts';

export interface ConnectCall extends ProtocolCall {
  readonly record: MethodRecord;
  /** The answer comes in the codec of the request. */
  readonly codec: Codec;
  /** The call itself, where it came in the query. */
  readonly get: GetCall | undefined;
}

/** Reads the head of a unary call (Connect protocol, "Unary-Request" and "Unary-Get-Request"). */
export function openCall(exchange: Exchange, { record }: CallTarget): ConnectCall {
  const { request } = exchange;
  checkMethod(request.method, record);
  const get = request.method === 'POST' ? undefined : readGetRequest(request.query);
  const contentType = request.header('content-type');
  const isUnary = record.desc.methodKind === 'unary';
  const codec = get === undefined ? codecOf(contentType) : get.codec;
  if (codec === undefined || !isUnary)
    throw unsupportedType(contentType, isUnary ? unaryContentTypes : streamContentTypes);
  checkVersion(exchange);
  return {
    record,
    codec,
    get,
    metadata: requestMetadata(exchange),
    timeoutMs: parseTimeout(request.header('connect-timeout-ms')),
  };
}

export async function readMessage(
  exchange: Exchange,
  { record, codec, get }: ConnectCall,
): Promise<Uint8Array> {
  const { request, maxBodyBytes } = exchange;
  const encoding = get === undefined ? request.header('content-encoding') : get.compression;
  const sent = get?.body ?? (request.hasBody ? await request.readBody(maxBodyBytes) : new Uint8Array());
  const body = encoding === undefined ? sent : await decompress(sent, encoding, maxBodyBytes);
  return codec.decodeRequest(record, body);
}

/** GET only for methods without side effects, so that no link can cause one. */
function checkMethod(method: string, record: MethodRecord): void {
  if (method === 'POST') return;
  if (!record.noSideEffects || record.desc.methodKind !== 'unary') throw wrongMethod(method, ['POST']);
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod(method, ['GET', 'HEAD', 'POST']);
}

export function checkVersion({ request }: Exchange): void {
  const version = request.header('connect-protocol-version');
  if (version !== undefined && version !== '1') {
    throw new ConnectError('connect-protocol-version must be "1"', Code.InvalidArgument);
  }
}
