import { chooseCoding, compress, minCompressBytes } from '../compression.ts';
import type { EdgeResponse, Exchange } from '../exchange.ts';

/** Types worth compressing; images, archives and the like are packed already. */
const compressibleType =
  /^(?:text\/|image\/svg|application\/(?:[^;]*\+)?(?:json|proto|xml|x-ndjson|javascript))/i;

/** An answer with a body, compressed when the client takes it and it is worth it. */
export function bodyResponse(
  exchange: Exchange,
  headers: Record<string, string>,
  body: Uint8Array | string,
): EdgeResponse | Promise<EdgeResponse> {
  const type = headers['content-type'];
  if (body.length < minCompressBytes || type === undefined || !compressibleType.test(type)) {
    return { status: 200, headers, body };
  }
  headers.vary = headers.vary === undefined ? 'accept-encoding' : `${headers.vary}, accept-encoding`;
  const coding = chooseCoding(exchange.request.header('accept-encoding'));
  if (coding === undefined) return { status: 200, headers, body };
  headers['content-encoding'] = coding;
  return compress(body, coding).then((compressed) => ({ status: 200, headers, body: compressed }));
}
