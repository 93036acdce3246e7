import { createHash } from 'node:crypto';
import { writeDocument } from '../openapi/write-document.ts';
import type { RouteTable } from '../route-table.ts';
import type { CachedContent } from './cached-answer.ts';
import type { DocsOptions } from './docs-options.ts';

/** The OpenAPI document of the routes. */
export function openApiContent(table: RouteTable, { title, version, security }: DocsOptions): CachedContent {
  const document = writeDocument(table, {
    info: { title, version: version ?? contractsDigest(table), description },
    security,
  });
  return {
    contentType: 'application/json',
    body: JSON.stringify(document),
    // Tools in a browser read it from other origins; it holds nothing that the pages do not show.
    headers: { 'access-control-allow-origin': '*' },
  };
}

function contractsDigest({ services }: RouteTable): string {
  const hash = createHash('sha256');
  for (const { service } of services) hash.update(`${service.desc.typeName} ${service.digest}\n`);
  return hash.digest('hex').slice(0, 12);
}

const description = [
  'Made from the contracts of the services that have joined the bus, and up to date with them.',
  'Bodies are ProtoJSON. Besides what is written here, fields may be given by the names in the contract (`order_id` for `orderId`), enums and 64-bit integers as numbers, and any field as `null`, which is the same as leaving it out. Fields that have their default are left out of answers.',
  'Each method also answers by the Connect protocol at `/<service>/<method>`. The contracts are at [/protos](/protos).',
  'A call ends at its deadline, which `Grpc-Timeout` sets (`5S`, `500m`).',
].join('\n\n');
