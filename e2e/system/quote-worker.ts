// A worker that the rest of the repository does not know: its contract is a FileDescriptorSet, named by DESCRIPTORS.
import { readFile } from 'node:fs/promises';
import { createFileRegistry, type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { implement, runWorker } from '@busline/bus';

type QuoteService = GenService<{
  getQuote: { methodKind: 'unary'; input: GenMessage<Message & { topic: string }>; output: DescMessage };
}>;

const set = fromBinary(FileDescriptorSetSchema, await readFile(process.env.DESCRIPTORS ?? ''));
const service = createFileRegistry(set).getService('quote.v1.QuoteService');
if (service === undefined) throw new Error('the descriptors have no quote.v1.QuoteService');

await runWorker({
  name: 'quotes',
  version: '1.0.0',
  services: (bus) => [
    implement(service as QuoteService, {
      getQuote: ({ topic }) => ({ text: `On ${topic}: less is more.`, instance: bus.instance }),
    }),
  ],
});
