import type { OperationRecord } from '@busline/schemas/busline/durable/v1/operation';
import type { RouteTable } from '../route-table.ts';

/** Full name of the message that a call answers with; empty when the edge knows its method no more. */
export function responseTypeOf(
  { procedures }: Pick<RouteTable, 'procedures'>,
  { service, method }: Pick<OperationRecord, 'service' | 'method'>,
): string {
  return procedures.get(`/${service}/${method}`)?.desc.output.typeName ?? '';
}
