import { Code, ConnectError } from '@connectrpc/connect';
import { unsupportedType } from '../../http-fault.ts';
import { type Codec, jsonCodec, protoCodec } from '../codec.ts';
import { unaryContentTypes } from './content-type.ts';

/** A call in the query of a GET (Connect protocol, "Unary-Get-Request"). */
export interface GetCall {
  readonly codec: Codec;
  /** The message as the codec reads it, once it is unpacked. */
  readonly body: Uint8Array;
  readonly compression: string | undefined;
}

/**
 * Reads `encoding`, `message`, `base64`, `compression` and `connect`, in any order and among others.
 *
 * @throws ConnectError INVALID_ARGUMENT; HttpFault 415 for another encoding
 */
export function readGetRequest(query: string): GetCall {
  const parameters = readParameters(query);
  const version = parameters.get('connect');
  if (version !== undefined && version !== 'v1') throw invalid('the parameter "connect" must be "v1"');
  const encoding = parameters.get('encoding');
  const codec = encoding === 'json' ? jsonCodec : encoding === 'proto' ? protoCodec : undefined;
  if (codec === undefined) throw unsupportedType(encoding, unaryContentTypes);
  const message = parameters.get('message');
  if (message === undefined) throw invalid('the parameter "message" is missing');
  const packed = parameters.get('base64') === '1' ? base64Bytes(message) : Buffer.from(message, 'latin1');
  return { codec, body: packed, compression: parameters.get('compression') };
}

/** Names and values as byte strings: a binary message that is not in base64 need not be UTF-8. */
function readParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const name = decodeBytes(pair.slice(0, equals));
    if (!parameters.has(name)) parameters.set(name, decodeBytes(pair.slice(equals + 1)));
  }
  return parameters;
}

function decodeBytes(text: string): string {
  return text.replaceAll('+', ' ').replace(/%([0-9A-Fa-f]{2})?/g, (_, hex: string | undefined) => {
    if (hex === undefined) throw invalid('the query is not percent-encoded');
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
}

function base64Bytes(text: string): Uint8Array {
  // URL-safe by the protocol; a space was a plus of the standard alphabet.
  if (!/^[A-Za-z0-9_\-+/ ]*={0,2}$/.test(text)) throw invalid('the parameter "message" is not base64');
  return Buffer.from(text.replaceAll(' ', '+'), 'base64');
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}
