// Serves the service SERVICE of the FileDescriptorSet that DESCRIPTORS names: answers carry what request and response have
// in common; a text `code:5` asks for that error.
import { readFile } from 'node:fs/promises';
import {
  create,
  createFileRegistry,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { implement, runWorker } from '@busline/bus';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { type Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';

const set = fromBinary(FileDescriptorSetSchema, await readFile(process.env.DESCRIPTORS ?? ''));
const service = createFileRegistry(set).getService(process.env.SERVICE ?? '');
if (service === undefined) throw new Error(`the descriptors have no ${process.env.SERVICE}`);

function answer(method: DescMethod, request: Message): Message {
  const given = request as Message & Record<string, unknown>;
  const code = /^code:(\d+)$/.exec(String(given.text))?.[1];
  if (code !== undefined) {
    throw new ConnectError('as you wish: ünïcode', Number(code) as Code, undefined, [
      { desc: ErrorInfoSchema, value: { reason: 'AS_YOU_WISH', domain: 'sink.test' } },
    ]);
  }
  if (method.input === method.output) return request;
  const shared = method.output.fields.flatMap(({ localName }) =>
    given[localName] === undefined ? [] : [[localName, given[localName]] as const],
  );
  return create(method.output, Object.fromEntries(shared));
}

function handlerOf(method: DescMethod): unknown {
  switch (method.methodKind) {
    case 'unary':
      return (request: Message) => answer(method, request);
    case 'server_streaming':
      return async function* (request: Message) {
        yield create(method.output);
        yield answer(method, request);
      };
    case 'client_streaming':
      return async (requests: AsyncIterable<Message>) => {
        let last: Message = create(method.input);
        for await (const request of requests) last = request;
        return answer(method, last);
      };
    case 'bidi_streaming':
      return async function* (requests: AsyncIterable<Message>) {
        for await (const request of requests) yield answer(method, request);
      };
  }
}

const handlers = Object.fromEntries(service.methods.map((method) => [method.localName, handlerOf(method)]));
await runWorker({
  name: 'sink',
  version: '1.0.0',
  // The descriptor is only known at run time, so its methods have no names in the type.
  services: () => [implement(service, handlers as unknown as Partial<ServiceImpl<DescService>>)],
});
