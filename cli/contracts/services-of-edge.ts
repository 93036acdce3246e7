import { create, createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from '@busline/schemas/grpc/reflection/v1/reflection';
import { createClient, type Transport } from '@connectrpc/connect';
import type { KnownService } from './known-service.ts';

/** The services that an edge serves, its own among them, by full name: learned by reflection. */
export async function servicesOfEdge(transport: Transport): Promise<ReadonlyMap<string, KnownService>> {
  const ask = (requests: Request[]) => askAll(transport, requests);
  const [list] = await ask([{ case: 'listServices', value: '*' }]);
  const names =
    list?.messageResponse.case === 'listServicesResponse'
      ? list.messageResponse.value.service.map(({ name }) => name)
      : [];
  const answers = await ask(names.map((value) => ({ case: 'fileContainingSymbol', value })));
  const services = new Map<string, KnownService>();
  names.forEach((name, index) => {
    const registry = readFiles(answers[index]);
    const desc = registry?.getService(name);
    if (registry !== undefined && desc !== undefined) services.set(name, { desc, registry });
  });
  return services;
}

type Request =
  | { readonly case: 'listServices'; readonly value: string }
  | { readonly case: 'fileContainingSymbol'; readonly value: string };

async function askAll(transport: Transport, requests: Request[]): Promise<ServerReflectionResponse[]> {
  const client = createClient(ServerReflection, transport);
  const messages = requests.map((messageRequest) =>
    create(ServerReflectionRequestSchema, { messageRequest }),
  );
  const answers: ServerReflectionResponse[] = [];
  for await (const answer of client.serverReflectionInfo(inTurn(messages))) answers.push(answer);
  return answers;
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Each answer holds a file with all that it imports; a registry takes what is imported first. */
function readFiles(answer: ServerReflectionResponse | undefined): FileRegistry | undefined {
  if (answer?.messageResponse.case !== 'fileDescriptorResponse') return undefined;
  const files = answer.messageResponse.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
  const byName = new Map(files.map((proto) => [proto.name, proto]));
  const ordered = new Set<FileDescriptorProto>();
  const add = (proto: FileDescriptorProto | undefined): void => {
    // Each leaves the map when it is met, so that no import leads in a circle.
    if (proto === undefined || !byName.delete(proto.name)) return;
    for (const name of proto.dependency) add(byName.get(name));
    ordered.add(proto);
  };
  for (const proto of files) add(proto);
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [...ordered] }));
}
