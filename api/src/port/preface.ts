/** What every HTTP/2 client sends first (RFC 9113, section 3.4). */
export const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Tells the protocol of a connection by its first bytes; undefined while they could be either. */
export function protocolOf(firstBytes: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(firstBytes.length, http2Preface.length);
  if (firstBytes.compare(http2Preface, 0, length, 0, length) !== 0) return 'http1';
  return length === http2Preface.length ? 'http2' : undefined;
}
