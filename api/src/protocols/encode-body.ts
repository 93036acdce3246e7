import { chooseCoding, compress, minCompressBytes } from '../compression.ts';
import type { EdgeResponse, Exchange } from '../exchange.ts';

/** An answer with a body, compressed when the client takes it and it is worth it. */
export function bodyResponse(
  exchange: Exchange,
  headers: Record<string, string>,
  body: Uint8Array | string,
): EdgeResponse | Promise<EdgeResponse> {
  if (body.length < minCompressBytes) return { status: 200, headers, body };
  headers.vary = headers.vary === undefined ? 'accept-encoding' : `${headers.vary}, accept-encoding`;
  const coding = chooseCoding(exchange.request.header('accept-encoding'));
  if (coding === undefined) return { status: 200, headers, body };
  headers['content-encoding'] = coding;
  return compress(body, coding).then((compressed) => ({ status: 200, headers, body: compressed }));
}
