import type { Exchange } from '../../exchange.ts';
import { edgeMetadata } from '../edge-metadata.ts';
import { fieldValue, isReplyMetadata, isRequestMetadata } from '../header-names.ts';
import type { MetadataField } from '../protocol.ts';

/** Names that gRPC and gRPC-Web keep for themselves (PROTOCOL-HTTP2, "Custom-Metadata"). */
const reserved = /^(?:grpc-|x-grpc-web$|x-user-agent$)/;

/** Header fields are metadata, but those of HTTP and of the protocol. */
export function requestMetadata(exchange: Exchange): MetadataField[] {
  const fields = edgeMetadata(exchange);
  exchange.request.forEachHeader((name, value) => {
    if (!isRequestMetadata(name) || reserved.test(name)) return;
    if (name.endsWith('-bin')) for (const part of binaryValues(value)) fields.push([name, part]);
    else fields.push([name, value]);
  });
  return fields;
}

/** Values of a binary field, which may have been joined by commas, and padded or not; here they are not. */
function binaryValues(value: string): string[] {
  return value.split(',').map((part) => part.trim().replace(/=+$/, ''));
}

/** Adds what the worker says to a block of header or trailer fields. */
export function addReplyMetadata(fields: Record<string, string>, metadata: Headers): void {
  for (const [name, value] of metadata) {
    if (isReplyMetadata(name) && !reserved.test(name)) fields[name] = fieldValue(value);
  }
}
