import {
  create,
  createFileRegistry,
  type DescMethod,
  type MessageInitShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_empty,
  MethodOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { WorkService } from '@busline/schemas/busline/bench/v1/durable';
import { Answer, DurableSchema, method } from '@busline/schemas/busline/durable/v1/options';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { describe, expect, it } from 'vitest';
import { durableContract } from './durable-contract.ts';

/** A method as it comes from the registry: nothing of it known to generated code. */
function methodWith(option: MessageInitShape<typeof DurableSchema>, serverStreaming = false): DescMethod {
  const options = create(MethodOptionsSchema);
  setExtension(options, method, create(DurableSchema, option));
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/durable.proto',
    package: 'test',
    syntax: 'proto3',
    dependency: ['google/protobuf/empty.proto'],
    service: [
      {
        name: 'Thing',
        method: [
          {
            name: 'Do',
            inputType: '.google.protobuf.Empty',
            outputType: '.google.protobuf.Empty',
            options,
            serverStreaming,
          },
        ],
      },
    ],
  });
  const registry = createFileRegistry(
    create(FileDescriptorSetSchema, { file: [file_google_protobuf_empty.proto, file] }),
  );
  return registry.getService('test.Thing')?.methods[0] as DescMethod;
}

describe('durableContract()', () => {
  it('is undefined for a method without the option', () => {
    expect(durableContract(GreetService.method.sayHello)).toBeUndefined();
  });

  it('fills in defaults', () => {
    expect(durableContract(methodWith({}))).toMatchObject({
      service: 'test.Thing',
      name: 'test.Thing/Do',
      answer: 'wait',
      keepResultMs: 86_400_000,
      maxAttempts: 10,
      firstDelayMs: 1_000,
      maxDelayMs: 60_000,
      attemptTimeoutMs: 300_000,
      keyRequired: false,
    });
  });

  it('takes what the option says', () => {
    expect(durableContract(WorkService.method.enqueue)).toMatchObject({
      answer: 'operation',
      keepResultMs: 60_000,
      maxAttempts: 3,
      firstDelayMs: 20,
      keyRequired: true,
    });
    expect(durableContract(methodWith({ answer: Answer.WAIT }))?.answer).toBe('wait');
    expect(durableContract(methodWith({ firstDelay: { seconds: 120n } }))?.maxDelayMs).toBe(120_000);
  });

  it.each([
    [
      'a result kept too short',
      { keepResult: { nanos: 1_000_000 } },
      /test\.Thing\/Do: keep_result .* from 1000 ms .* not 1 ms/,
    ],
    ['an endless attempt', { attemptTimeout: { seconds: 10_000_000n } }, /attempt_timeout/],
    [
      'delays that shrink',
      { firstDelay: { seconds: 2n }, maxDelay: { seconds: 1n } },
      /max_delay .* from 2000 ms/,
    ],
    ['endless attempts', { maxAttempts: 1_001 }, /max_attempts .* at most 1000/],
  ])('refuses %s', (_, option, message) => {
    expect(() => durableContract(methodWith(option))).toThrow(message);
  });

  it('refuses a streaming method by name', () => {
    expect(() => durableContract(methodWith({}, true))).toThrow(
      /test\.Thing\/Do cannot be durable: it is a server streaming method/,
    );
  });
});
