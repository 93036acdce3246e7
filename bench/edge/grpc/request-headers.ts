/** Longest string whose length takes one byte (RFC 7541, section 5.1). */
const MOST_BYTES = 126;

/**
 * The header block of a gRPC request, in HPACK (RFC 7541) without its tables and without Huffman code: the same bytes
 * for every request of a connection.
 *
 * @throws RangeError for a path that is too long for it.
 */
export function grpcRequestHeaders(path: string, contentType: string): Buffer {
  return Buffer.concat([
    // Appendix A: `:method: POST` is 3, `:scheme: http` is 6.
    Buffer.from([0x83, 0x86]),
    // Literals without indexing, section 6.2.2, whose names are 4 (:path), 1 (:authority) and 31 (content-type).
    Buffer.from([0x04]),
    text(path),
    Buffer.from([0x01]),
    text('127.0.0.1'),
    Buffer.from([0x0f, 31 - 15]),
    text(contentType),
    Buffer.from([0x00]),
    text('te'),
    text('trailers'),
  ]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.byteLength > MOST_BYTES) {
    throw new RangeError(`a header of ${bytes.byteLength} bytes is longer than ${MOST_BYTES}: ${value}`);
  }
  return Buffer.concat([Buffer.from([bytes.byteLength]), bytes]);
}
