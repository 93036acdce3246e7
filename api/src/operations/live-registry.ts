import { createRegistry, type DescMessage, type Registry } from '@bufbuild/protobuf';
import { file_busline_durable_v1_operation } from '@busline/schemas/busline/durable/v1/operation';
import { file_google_longrunning_operations } from '@busline/schemas/google/longrunning/operations';
import { file_google_rpc_error_details } from '@busline/schemas/google/rpc/error_details';
import type { RouteTable } from '../route-table.ts';

/** The types that operations are made of, whatever is served. */
const own = createRegistry(
  file_google_longrunning_operations,
  file_busline_durable_v1_operation,
  file_google_rpc_error_details,
);

/**
 * The types of all contracts that the edge knows at the moment it is asked: an operation holds the response of any
 * method, and the progress that any handler tells.
 */
export function liveRegistry(table: () => Pick<RouteTable, 'services'>): Registry {
  const find = <T>(lookUp: (registry: Registry) => T | undefined): T | undefined => {
    const found = lookUp(own);
    if (found !== undefined) return found;
    for (const { service } of table().services) {
      const there = lookUp(service.registry);
      if (there !== undefined) return there;
    }
    return undefined;
  };
  return {
    kind: 'registry',
    [Symbol.iterator]: () => own[Symbol.iterator](),
    get: (typeName) => find((registry) => registry.get(typeName)),
    getMessage: (typeName) => find((registry) => registry.getMessage(typeName)),
    getEnum: (typeName) => find((registry) => registry.getEnum(typeName)),
    getExtension: (typeName) => find((registry) => registry.getExtension(typeName)),
    getExtensionFor: (extendee: DescMessage, number: number) =>
      find((registry) => registry.getExtensionFor(extendee, number)),
    getService: (typeName) => find((registry) => registry.getService(typeName)),
  };
}
