import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, type DescService, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { compileProto } from './compile-proto.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** A worker for the contract with every kind of field and HTTP rule, which the edge's own tests use as well. */
export interface Sink {
  readonly service: DescService;
  readonly registry: FileRegistry;
  readonly worker: WorkerProcess;
}

const name = 'test.sink.v1.SinkService';
const contract = fileURLToPath(new URL('../../api/testing/kitchen-sink.proto', import.meta.url));

/** @param folder for the compiled contract. */
export async function startSink(folder: string, natsUrl: string): Promise<Sink> {
  const descriptors = await compileProto(folder, 'test/sink/v1/sink.proto', await readFile(contract, 'utf8'));
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(descriptors)));
  const service = registry.getService(name);
  if (service === undefined) throw new Error(`${contract} has no ${name}`);
  const entry = fileURLToPath(new URL('sink-worker.ts', import.meta.url));
  const env = { DESCRIPTORS: descriptors, SERVICE: name };
  return { service, registry, worker: await startWorkerProcess({ entry, natsUrl, env }) };
}
