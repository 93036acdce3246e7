import {
  create,
  createFileRegistry,
  type DescService,
  fromBinary,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ServerReflectionRequestSchema } from '@busline/schemas/grpc/reflection/v1/reflection';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { answerReflection } from './answer.ts';
import { symbolIndex } from './symbol-index.ts';

const registry = buildRegistry({
  'a/v1/base.proto': `syntax = "proto2"; package a.v1;
    message Base { extensions 100 to 199; }
    extend Base { optional string note = 101; optional int32 size = 100; }`,
  'a/v1/a.proto': `syntax = "proto3"; package a.v1;
    import "a/v1/base.proto";
    service S { rpc M(Outer) returns (Outer); }
    message Outer { Base base = 1; oneof choice { string one = 2; } message Inner { enum Kind { ZERO = 0; } } }`,
  'b/v1/b.proto': `syntax = "proto3"; package b.v1;
    service T { rpc M(Empty) returns (Empty); } message Empty {}`,
});
const services = ['b.v1.T', 'a.v1.S'].map((name) => registry.getService(name) as DescService);
const index = symbolIndex(services);

type Asked = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;
const ask = (messageRequest?: Asked) => {
  const request = create(ServerReflectionRequestSchema, {
    host: 'h',
    ...(messageRequest && { messageRequest }),
  });
  return answerReflection(index, request);
};
const filesOf = ({ messageResponse }: ReturnType<typeof ask>) =>
  messageResponse.case === 'fileDescriptorResponse'
    ? messageResponse.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    : [];
const errorOf = ({ messageResponse }: ReturnType<typeof ask>) =>
  messageResponse.case === 'errorResponse' ? messageResponse.value : undefined;

describe('answerReflection()', () => {
  it('lists the services by name, and repeats the question', () => {
    const answer = ask({ case: 'listServices', value: '' });
    expect(answer.messageResponse.value).toMatchObject({ service: [{ name: 'a.v1.S' }, { name: 'b.v1.T' }] });
    expect(answer.validHost).toBe('h');
    expect(answer.originalRequest?.messageRequest.case).toBe('listServices');
  });

  it('gives a file with everything it imports', () => {
    const files = filesOf(ask({ case: 'fileByFilename', value: 'a/v1/a.proto' }));
    expect(files.map(({ name }) => name)).toEqual(['a/v1/a.proto', 'a/v1/base.proto']);
    const whole = createFileRegistry(create(FileDescriptorSetSchema, { file: files.toReversed() }));
    expect(whole.getService('a.v1.S')?.methods).toHaveLength(1);
  });

  it.each([
    ['a service', 'a.v1.S'],
    ['a method', 'a.v1.S.M'],
    ['a message', 'a.v1.Outer'],
    ['a nested message', 'a.v1.Outer.Inner'],
    ['a nested enum', 'a.v1.Outer.Inner.Kind'],
    ['an enum value, beside its enum', 'a.v1.Outer.Inner.ZERO'],
    ['a field', 'a.v1.Outer.base'],
    ['a oneof', 'a.v1.Outer.choice'],
    ['a name with a leading dot', '.a.v1.Outer'],
  ])('finds %s', (_, symbol) => {
    expect(filesOf(ask({ case: 'fileContainingSymbol', value: symbol }))[0]?.name).toBe('a/v1/a.proto');
  });

  it('finds extensions', () => {
    expect(filesOf(ask({ case: 'fileContainingSymbol', value: 'a.v1.note' }))[0]?.name).toBe(
      'a/v1/base.proto',
    );
    const value = { containingType: 'a.v1.Base', extensionNumber: 101 };
    expect(filesOf(ask({ case: 'fileContainingExtension', value }))[0]?.name).toBe('a/v1/base.proto');
    expect(
      ask({ case: 'allExtensionNumbersOfType', value: 'a.v1.Base' }).messageResponse.value,
    ).toMatchObject({
      baseTypeName: 'a.v1.Base',
      extensionNumber: [100, 101],
    });
    expect(
      ask({ case: 'allExtensionNumbersOfType', value: 'a.v1.Outer' }).messageResponse.value,
    ).toMatchObject({ extensionNumber: [] });
  });

  it.each<[string, Asked]>([
    ['a file', { case: 'fileByFilename', value: 'nope.proto' }],
    ['a symbol', { case: 'fileContainingSymbol', value: 'a.v1.Nope' }],
    [
      'an extension',
      { case: 'fileContainingExtension', value: { containingType: 'a.v1.Base', extensionNumber: 1 } },
    ],
    ['a type', { case: 'allExtensionNumbersOfType', value: 'a.v1.Nope' }],
  ])('answers NOT_FOUND for %s that is not there', (_, asked) => {
    expect(errorOf(ask(asked))).toMatchObject({
      errorCode: 5,
      errorMessage: expect.stringContaining('not known'),
    });
  });

  it('answers INVALID_ARGUMENT to who asks for nothing', () => {
    expect(errorOf(ask())).toMatchObject({ errorCode: 3 });
  });
});
