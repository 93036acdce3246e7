import type { EdgeResponse } from './exchange.ts';
import type { MethodRecord } from './method-record.ts';
import type { RouteTable } from './route-table.ts';

/** The live services and their routes as plain text: what there is to call right now. */
export function landing(table: RouteTable): EdgeResponse {
  const lines = [
    'Busline edge',
    '',
    'Documentation: /docs   OpenAPI: /openapi.json   Contracts: /protos',
    '',
  ];
  if (table.services.length === 0)
    lines.push('No service has been announced yet. Start a worker, and its routes appear here.', '');
  for (const { service, methods, rest } of table.services) {
    lines.push(`${service.desc.typeName}  (worker ${service.worker} ${service.version})`);
    for (const record of methods) {
      lines.push(`  ${record.method}${kindNote(record)}`, `    POST ${record.procedure}`);
      for (const { binding } of rest.filter((route) => route.record === record)) {
        lines.push(`    ${binding.httpMethod} ${binding.template.text}`);
      }
    }
    lines.push('');
  }
  if (table.faults.length > 0) lines.push('Rules that are not served:');
  for (const { method, rule, reason } of table.faults) lines.push(`  ${method}: ${rule}: ${reason}`);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${lines.join('\n').trimEnd()}\n`,
  };
}

function kindNote({ desc }: MethodRecord): string {
  return desc.methodKind === 'unary' ? '' : `  (${desc.methodKind.replace('_', ' ')})`;
}
