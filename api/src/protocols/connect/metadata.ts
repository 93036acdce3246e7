import type { UnaryReply } from '@busline/bus';
import type { Exchange } from '../../exchange.ts';
import { edgeMetadata } from '../edge-metadata.ts';
import { fieldValue, isReplyMetadata, isRequestMetadata } from '../header-names.ts';
import type { MetadataField } from '../protocol.ts';

/** Connect's metadata are the header fields themselves (Connect protocol, "Leading-Metadata"). */
export function requestMetadata(exchange: Exchange): MetadataField[] {
  const fields = edgeMetadata(exchange);
  exchange.request.forEachHeader((name, value) => {
    if (isRequestMetadata(name)) fields.push([name, value]);
  });
  return fields;
}

/** Adds the reply's metadata; trailers of a unary call are header fields with a prefix. */
export function addReplyMetadata(
  headers: Record<string, string>,
  reply: Pick<UnaryReply, 'header' | 'trailer'>,
): void {
  for (const [name, value] of reply.header) {
    if (isReplyMetadata(name)) headers[name] = fieldValue(value);
  }
  for (const [name, value] of reply.trailer) headers[`trailer-${name}`] = fieldValue(value);
}

/** An error's metadata, header and trailer alike, are header fields. */
export function addErrorMetadata(headers: Record<string, string>, metadata: Headers): void {
  for (const [name, value] of metadata) {
    if (isReplyMetadata(name)) headers[name] = fieldValue(value);
  }
}
