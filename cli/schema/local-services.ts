import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DescFile, DescService } from '@bufbuild/protobuf';

/** Packages of the bus itself, and of others. */
const notOurs = /^(busline|google|grpc|buf|connectrpc)\./;

/** Every service of the application in a folder of generated contracts, by full name. */
export async function localServices(folder: string): Promise<ReadonlyMap<string, DescService>> {
  const files = await readdir(folder, { recursive: true });
  const found = new Map<string, DescService>();
  for (const file of files.filter((name) => name.endsWith('_pb.ts'))) {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(folder, file)).href);
    for (const value of Object.values(exported)) {
      if (!isFile(value) || notOurs.test(value.proto.package)) continue;
      for (const service of value.services) found.set(service.typeName, service);
    }
  }
  return found;
}

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';
}
