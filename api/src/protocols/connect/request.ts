import { Code, ConnectError } from '@connectrpc/connect';
import { decompress } from '../../compression.ts';
import type { Exchange } from '../../exchange.ts';
import { unsupportedType, wrongMethod } from '../../http-fault.ts';
import type { MethodRecord } from '../../method-record.ts';
import type { Codec } from '../codec.ts';
import type { CallTarget, ProtocolCall } from '../protocol.ts';
import { codecOf, unaryContentTypes } from './content-type.ts';
import { readGetRequest } from './get-request.ts';
import { requestMetadata } from './metadata.ts';
import { parseTimeout } from './timeout.ts';

export interface ConnectCall extends ProtocolCall {
  readonly record: MethodRecord;
  /** The answer comes in the codec of the request. */
  readonly codec: Codec;
}

/** Reads a unary call (Connect protocol, "Unary-Request" and "Unary-Get-Request"). */
export async function readCall(exchange: Exchange, { record }: CallTarget): Promise<ConnectCall> {
  const { request } = exchange;
  checkMethod(request.method, record);
  if (request.method !== 'POST') {
    const { codec, body } = await readGetRequest(request.query, exchange.maxBodyBytes);
    return call(codec, body);
  }
  const contentType = request.header('content-type');
  const codec = codecOf(contentType);
  if (codec === undefined) throw unsupportedType(contentType, unaryContentTypes);
  const version = request.header('connect-protocol-version');
  if (version !== undefined && version !== '1') {
    throw new ConnectError('connect-protocol-version must be "1"', Code.InvalidArgument);
  }
  const encoding = request.header('content-encoding');
  const sent = request.hasBody ? await request.readBody(exchange.maxBodyBytes) : new Uint8Array();
  const body = encoding === undefined ? sent : await decompress(sent, encoding, exchange.maxBodyBytes);
  return call(codec, body);

  function call(codec: Codec, body: Uint8Array): ConnectCall {
    return {
      record,
      codec,
      metadata: requestMetadata(exchange),
      timeoutMs: parseTimeout(request.header('connect-timeout-ms')),
      message: codec.decodeRequest(record, body),
    };
  }
}

/** GET only for methods without side effects, so that no link can cause one. */
function checkMethod(method: string, record: MethodRecord): void {
  if (method === 'POST') return;
  if (!record.noSideEffects) throw wrongMethod(method, ['POST']);
  if (method !== 'GET' && method !== 'HEAD') throw wrongMethod(method, ['GET', 'HEAD', 'POST']);
}
