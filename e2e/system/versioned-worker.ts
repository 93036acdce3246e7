// A worker of either version of the parcel service, whose contract is a FileDescriptorSet that DESCRIPTORS names. It
// answers every method that the contract has, and says which version answered.
import { readFile } from 'node:fs/promises';
import { createFileRegistry, type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { implement, runWorker } from '@busline/bus';

type Parcel = Message & Record<'id' | 'version' | 'note', string>;
interface Method {
  readonly methodKind: 'unary';
  readonly input: GenMessage<Parcel>;
  readonly output: DescMessage;
}

const version = process.env.VERSION ?? '';
const set = fromBinary(FileDescriptorSetSchema, await readFile(process.env.DESCRIPTORS ?? ''));
const service = createFileRegistry(set).getService('parcel.v1.ParcelService');
if (service === undefined) throw new Error('the descriptors have no parcel.v1.ParcelService');

const answer = ({ id, note }: Parcel) => ({ id, version, ...(note === undefined ? {} : { note }) });
const handlers = Object.fromEntries(service.methods.map(({ localName }) => [localName, answer]));

await runWorker({
  name: 'parcels',
  version,
  services: () => [implement(service as GenService<Record<string, Method>>, handlers)],
});
