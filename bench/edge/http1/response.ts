/** A whole answer, as a view of the bytes it was read from. */
export interface Http1Response {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})[ \r]/;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * Reads the answer that `bytes` hold (RFC 9112), or undefined while it is not whole. One answer only, and one that
 * carries its length: all that a client needs that sends no request before the last one is answered, to servers of our
 * own.
 *
 * @throws Error for anything else, naming it.
 */
export function readHttp1Response(bytes: Buffer): Http1Response | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = STATUS_LINE.exec(head)?.[1];
  if (status === undefined) throw new Error(`not an HTTP/1.1 answer: ${JSON.stringify(head.slice(0, 80))}`);
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer with status ${status} carries no content-length`);
  const bodyStart = headEnd + HEAD_END.byteLength;
  const end = bodyStart + Number(length);
  if (bytes.byteLength < end) return undefined;
  if (bytes.byteLength > end) {
    throw new Error(`${bytes.byteLength - end} bytes follow an answer that nothing was asked after`);
  }
  return { status: Number(status), body: bytes.subarray(bodyStart, end) };
}
