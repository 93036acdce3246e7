import type { DescService } from '@bufbuild/protobuf';
import { generatedFiles } from '../contracts/generated-files.ts';

/** Packages of the bus itself, and of others. */
const notOurs = /^(busline|google|grpc|buf|connectrpc)\./;

/** Every service of the application in a folder of generated contracts, by full name. */
export async function localServices(folder: string): Promise<ReadonlyMap<string, DescService>> {
  const files = await generatedFiles(folder);
  const ours = files.filter((file) => !notOurs.test(file.proto.package));
  return new Map(
    ours.flatMap((file) => file.services.map((service) => [service.typeName, service] as const)),
  );
}
