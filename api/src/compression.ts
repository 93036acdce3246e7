import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants, gunzip, gzip } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { tooLarge, unsupportedEncoding } from './http-fault.ts';

/** Content codings of the edge, best first (RFC 9110, section 8.4.1). */
export const contentCodings = ['br', 'gzip'] as const;

export type ContentCoding = (typeof contentCodings)[number];

/** Smallest body worth compressing, in bytes: less than this mostly fits in one TCP segment anyway. */
export const minCompressBytes = 1024;

/**
 * Brotli's quality. 4 compresses JSON better than gzip's default at less CPU; its own default, 11, is made for
 * files that are compressed once.
 */
const brotliQuality = 4;

const gunzipAsync = promisify(gunzip);
const brotliDecompressAsync = promisify(brotliDecompress);
const gzipAsync = promisify(gzip);
const brotliCompressAsync = promisify(brotliCompress);

/**
 * Unpacks a body.
 *
 * @param contentEncoding of the request; undefined and `identity` mean that nothing is packed
 * @throws HttpFault 415 for another coding, 413 when more than `maxBytes` come out, before they are all made;
 * ConnectError INVALID_ARGUMENT when the bytes are not what the coding says
 */
export async function decompress(
  body: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const coding = contentEncoding?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return body;
  if (coding !== 'gzip' && coding !== 'br') throw unsupportedEncoding(contentCodings);
  // An empty body is not compressed, whatever its header says (Connect protocol, "Unary-Request").
  if (body.length === 0) return body;
  try {
    const options = { maxOutputLength: maxBytes };
    return coding === 'gzip' ? await gunzipAsync(body, options) : await brotliDecompressAsync(body, options);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes, 'the decompressed request body');
    throw new ConnectError(`the request body is not ${coding} data`, Code.InvalidArgument);
  }
}

export async function compress(body: Uint8Array | string, coding: ContentCoding): Promise<Uint8Array> {
  if (coding === 'gzip') return gzipAsync(body);
  return brotliCompressAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } });
}

/** The best coding that an Accept-Encoding field allows, or undefined for none (RFC 9110, section 12.5.3). */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(name, q === undefined ? 1 : Number(q));
  }
  let best: ContentCoding | undefined;
  let bestWeight = 0;
  for (const coding of contentCodings) {
    const weight = weights.get(coding) ?? weights.get('*') ?? 0;
    if (weight > bestWeight) {
      best = coding;
      bestWeight = weight;
    }
  }
  return best;
}
