import { envelope } from '../envelope/prefix.ts';

/** Flag of the last envelope, which holds the trailers (gRPC-Web, "Protocol differences vs gRPC over HTTP2"). */
export const trailerFlag = 0b1000_0000;

/** Trailers as the end of a body: lines as in HTTP/1, names in lower case. */
export function trailerFrame(trailers: Readonly<Record<string, string>>): Uint8Array[] {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  return envelope(trailerFlag, Buffer.from(lines.join(''), 'latin1'));
}
