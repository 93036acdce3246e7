import type { Exchange } from '../exchange.ts';
import type { MetadataField } from './protocol.ts';

/** What of a call's metadata goes on to the worker. Every protocol's calls pass here. */
export function metadataToWorker(
  exchange: Exchange,
  fields: readonly MetadataField[],
): readonly MetadataField[] {
  return exchange.credentialsEndHere ? fields.filter(([name]) => !credentialFields.has(name)) : fields;
}

/** Fields that say who calls, to whoever can check it. */
const credentialFields = new Set(['authorization', 'x-api-key']);

/** The fields that every call takes along, whatever the client sent. */
export function edgeMetadata(exchange: Exchange): MetadataField[] {
  return [['x-request-id', exchange.requestId]];
}
