import type { Exchange } from '../exchange.ts';
import type { MetadataField } from './protocol.ts';

/** The fields that every call takes along, whatever the client sent. */
export function edgeMetadata(exchange: Exchange): MetadataField[] {
  const fields: MetadataField[] = [
    ['x-request-id', exchange.requestId],
    ['traceparent', exchange.traceparent],
  ];
  if (exchange.tracestate !== undefined) fields.push(['tracestate', exchange.tracestate]);
  return fields;
}
