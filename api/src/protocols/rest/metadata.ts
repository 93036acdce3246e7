import type { UnaryReply } from '@busline/bus';
import type { Exchange } from '../../exchange.ts';
import { edgeMetadata } from '../edge-metadata.ts';
import { fieldValue, isReplyMetadata, isRequestMetadata } from '../header-names.ts';
import type { MetadataField } from '../protocol.ts';

/** Request fields that are metadata under their own name. */
const passedRequestFields = ['authorization', 'idempotency-key', 'accept-language', 'x-api-key'];

/** Reply metadata that HTTP knows: fields of the answer under their own name. */
const passedReplyFields = new Set([
  'cache-control',
  'content-disposition',
  'content-language',
  'etag',
  'idempotency-replayed',
  'last-modified',
  'link',
  'location',
  'preference-applied',
  'retry-after',
  'www-authenticate',
]);

const metadataPrefix = 'grpc-metadata-';
const trailerPrefix = 'grpc-trailer-';

/** Further fields for services of the edge itself: where a subscription goes on, how long to wait, what an event says. */
const isForTheEdge = (name: string): boolean =>
  name === 'last-event-id' || name === 'prefer' || name.startsWith('ce-');

/**
 * Metadata is what comes as `Grpc-Metadata-<name>`, and a list of fields with a meaning of their own.
 *
 * @param isLocal whether the edge itself answers
 */
export function requestMetadata(exchange: Exchange, isLocal: boolean): MetadataField[] {
  const fields = edgeMetadata(exchange);
  const { request } = exchange;
  for (const name of passedRequestFields) {
    const value = request.header(name);
    if (value !== undefined) fields.push([name, value]);
  }
  request.forEachHeader((name, value) => {
    if (isLocal && isForTheEdge(name)) fields.push([name, value]);
    if (!name.startsWith(metadataPrefix)) return;
    const inner = name.slice(metadataPrefix.length);
    if (inner !== '' && isRequestMetadata(inner)) fields.push([inner, value]);
  });
  return fields;
}

/** Adds the reply's metadata, prefixed unless it is a field of HTTP. */
export function addReplyMetadata(
  headers: Record<string, string>,
  reply: Pick<UnaryReply, 'header' | 'trailer'>,
): void {
  addErrorMetadata(headers, reply.header);
  for (const [name, value] of reply.trailer) headers[trailerPrefix + name] = fieldValue(value);
}

/** The same for an error, whose metadata are not told apart. */
export function addErrorMetadata(headers: Record<string, string>, metadata: Headers): void {
  for (const [name, value] of metadata) {
    if (passedReplyFields.has(name)) headers[name] = fieldValue(value);
    else if (isReplyMetadata(name)) headers[metadataPrefix + name] = fieldValue(value);
  }
}

/** Trailers of a stream as an object, for the end of a body; undefined where there are none. */
export function trailersOf(trailer: Headers): Readonly<Record<string, string>> | undefined {
  const fields = [...trailer].filter(([name]) => isReplyMetadata(name));
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
