import { Code, ConnectError } from '@connectrpc/connect';

/**
 * Decodes base64 that comes in chunks cut anywhere. Padding may stand after any four characters, as where each message
 * was encoded by itself (gRPC-Web, "grpc-web-text").
 *
 * @throws ConnectError INVALID_ARGUMENT for what is not base64; never at the end: what is missing there, the message lacks
 */
export function createBase64Decoder(): (chunk: Uint8Array) => Uint8Array {
  let rest = '';
  return (chunk) => {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const whole = text.length - (text.length % 4);
    rest = text.slice(whole);
    const groups = text.slice(0, whole);
    if (!quads.test(groups)) throw new ConnectError('the body is not base64', Code.InvalidArgument);
    if (!groups.includes('=')) return Buffer.from(groups, 'base64');
    // Node stops at the first padding, so each padded part is decoded by itself.
    return Buffer.concat((groups.match(paddedParts) ?? []).map((part) => Buffer.from(part, 'base64')));
  };
}

const quads = /^(?:[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==))*$/;

const paddedParts = /[^=]+={0,2}/g;
