import type { DescService, FileRegistry } from '@bufbuild/protobuf';
import { create, createFileRegistry, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { type CatalogRecord, catalogService, type RecordedService } from '../catalog.ts';
import { breakingChanges } from '../compatibility/breaking-changes.ts';
import { reachableTypes } from '../compatibility/contract-types.ts';
import { bufVerdicts } from '../compatibility/testing/buf-verdicts.ts';
import { contractChanges } from '../compatibility/testing/contract-changes.ts';
import { serviceSchema } from '../schema-digest.ts';
import { versions } from '../testing/contract-version.ts';
import { agreeingVersions, type ServiceVersion, uniteContracts } from './unite-contracts.ts';

/** A service as the registry gives it back. */
function recorded(service: DescService, facts: Partial<CatalogRecord> = {}): RecordedService {
  const { digest, bytes } = serviceSchema(service);
  const record = { service: service.typeName, digest, worker: 'w', version: '1.0.0', revision: 0, ...facts };
  return catalogService(record, bytes);
}

const version = (service: DescService, revision: number): ServiceVersion => ({
  contract: recorded(service, { version: `1.${revision}.0` }),
  revision,
});

/** Everything a schema lets calls carry: `Message 1 name`, `Enum 2 NAME`, `Service/Method`. */
function contents(service: DescService): string[] {
  const { messages, enums } = reachableTypes(service);
  return [
    ...service.methods.map(({ name }) => `${service.name}/${name}`),
    ...[...messages.values()].flatMap((message) =>
      message.fields.map(({ name, number }) => `${message.typeName} ${number} ${name}`),
    ),
    ...[...enums.values()].flatMap(({ typeName, values }) =>
      values.map(({ name, number }) => `${typeName} ${number} ${name}`),
    ),
  ];
}

describe('agreeingVersions()', () => {
  const first = version(versions.first, 1);
  const second = version(versions.second, 2);
  const contradicting = version(versions.renumbered, 3);

  it.each([
    ['one', [first], [first]],
    ['two, by age, whoever joined last', [second, first], [first, second]],
    ['what agrees with the last to join', [second, first, contradicting], [first, contradicting]],
    ['the older ones when one of them joined last', [contradicting, first, second], [first, second]],
  ])('%s', (_, joined, agreeing) => {
    expect(agreeingVersions(joined)).toEqual(agreeing);
  });
});

describe('uniteContracts()', () => {
  it('leaves a single version as it is', () => {
    const only = version(versions.first, 1);
    expect(uniteContracts([only])).toBe(only.contract);
  });

  it('is named for the newest and tells which methods not all have', () => {
    const united = uniteContracts([version(versions.first, 1), version(versions.second, 2)]);
    expect(united.desc.methods.map(({ name }) => name)).toEqual(['Get', 'Find']);
    expect(united).toMatchObject({ version: '1.2.0', partial: new Set(['Find']) });
  });

  it('is the same whoever puts it together', () => {
    const digest = () => uniteContracts([version(versions.first, 1), version(versions.second, 2)]).digest;
    expect(digest()).toBe(digest());
    expect(digest()).not.toBe(recorded(versions.first).digest);
  });
});

const harmless = contractChanges.filter(({ breaks }) => breaks.length === 0);
const more = [
  {
    name: 'a method, a type and an import that only one of them has',
    before: `syntax = "proto3"; package PACKAGE; import "google/protobuf/duration.proto";
      service S { rpc CallOld(Old) returns (Both); rpc Same(Both) returns (Both); }
      message Old { google.protobuf.Duration d = 1; Inner i = 2; message Inner { map<string, Kind> kinds = 1; } enum Kind { K = 0; } }
      message Both { oneof choice { string a = 1; int32 b = 2; } optional int32 c = 3; reserved 9; }`,
    after: `syntax = "proto3"; package PACKAGE; import "google/protobuf/timestamp.proto";
      service S { rpc Same(Both) returns (Both); rpc CallNew(New) returns (Both); }
      message Both { reserved 2, 9; reserved "b"; oneof choice { string a = 1; New n = 4; } optional int32 c = 3; oneof more { int32 m = 5; } }
      message New { google.protobuf.Timestamp t = 1; }`,
  },
  {
    name: 'an optional field that only the older has, beside a oneof that only the newer has',
    before: `syntax = "proto3"; package PACKAGE; service S { rpc A(M) returns (M); } message M { optional int32 a = 1; optional int32 b = 2; }`,
    after: `syntax = "proto3"; package PACKAGE; service S { rpc A(M) returns (M); } message M { optional int32 a = 1; reserved 2 to 4; reserved "b", "z"; oneof c { int32 d = 5; } }`,
  },
  {
    name: 'a value that only the older has',
    before: `syntax = "proto3"; package PACKAGE; service S { rpc A(M) returns (M); } message M { E e = 1; } enum E { X = 0; Y = 1; }`,
    after: `syntax = "proto3"; package PACKAGE; service S { rpc A(M) returns (M); } message M { E e = 1; } enum E { reserved 1 to 3; reserved "Y"; X = 0; Z = 4; }`,
  },
];

describe('uniteContracts(), for every harmless change', () => {
  const cases = [...harmless, ...more];
  const sources = (of: 'before' | 'after') =>
    Object.fromEntries(
      cases.map((change, index) => [
        `union${index}/contract.proto`,
        change[of].replace('PACKAGE', `union${index}`),
      ]),
    );
  const compiled = bufVerdicts(sources('before'), sources('after'));
  const service = (registry: FileRegistry, index: number): RecordedService =>
    recorded(registry.getService(`union${index}.S`) ?? expect.fail(`case ${index} has no service`));
  const table = cases.map(({ name }, index) => [name, index] as const);

  it.each(table)('has what either side has: %s', (_, index) => {
    const [before, after] = [service(compiled.before, index), service(compiled.after, index)];
    const united = uniteContracts([
      { contract: before, revision: 1 },
      { contract: after, revision: 2 },
    ]);
    const all = new Set([...contents(before.desc), ...contents(after.desc)]);
    // An enum that moved is there by the newer name only, where no field of the older is left.
    const found = new Set(contents(united.desc));
    const lacking = [...all].filter((item) => !found.has(item) && !item.includes('.Holder.Rank '));
    expect(lacking).toEqual([]);
    // Whoever has either version understands it.
    expect(
      breakingChanges(before.desc, united.desc).filter(({ rule }) => !rule.startsWith('RESERVED')),
    ).toEqual([]);
    expect(
      breakingChanges(after.desc, united.desc).filter(({ rule }) => !rule.startsWith('RESERVED')),
    ).toEqual([]);
  });

  it.each(table)('is a schema of its own, imports first: %s', (_, index) => {
    const united = uniteContracts([
      { contract: service(compiled.before, index), revision: 1 },
      { contract: service(compiled.after, index), revision: 2 },
    ]);
    const { bytes, digest } = serviceSchema(united.desc);
    expect(
      catalogService({ ...united, service: `union${index}.S`, digest, revision: 1 }, bytes).desc.methods,
    ).toHaveLength(united.desc.methods.length);
    const names = [...united.registry.files].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { message } of [...united.registry.files].flatMap(({ messages }) =>
      messages.map((message) => ({ message })),
    )) {
      const reserved = message.proto.reservedRange;
      const inUse = message.fields.filter(({ number }) =>
        reserved.some(({ start, end }) => start <= number && number < end),
      );
      expect(inUse).toEqual([]);
      expect(message.fields.filter(({ name }) => message.proto.reservedName.includes(name))).toEqual([]);
    }
  });

  it('keeps fields in the oneof they belong to', () => {
    const [first, second] = [harmless.length, harmless.length + 1].map(
      (index) =>
        uniteContracts([
          { contract: service(compiled.before, index), revision: 1 },
          { contract: service(compiled.after, index), revision: 2 },
        ]).desc,
    ) as [DescService, DescService];
    const oneofs = (message: DescService['methods'][number]['input'] | undefined) =>
      message?.oneofs.map(({ name, fields }) => `${name}: ${fields.map((field) => field.name).join(' ')}`);
    expect(oneofs(first.method.same?.input)).toEqual(['choice: a n b', 'more: m']);
    expect(oneofs(second.method.a?.input)).toEqual(['c: d']);
    const read = fromJson(second.methods[0]?.input ?? expect.fail(), { a: 1, b: 2, d: 3 });
    expect(toJson(second.methods[0]?.input ?? expect.fail(), read)).toEqual({ a: 1, b: 2, d: 3 });
  });
});

describe('files that cannot be united', () => {
  const file = (name: string, dependency: string[], message: string, field?: string) => ({
    name,
    package: 'p',
    syntax: 'proto3',
    dependency,
    messageType: [
      {
        name: message,
        field:
          field === undefined ? [] : [{ name: 'f', number: 1, type: 11, label: 1, typeName: `.p.${field}` }],
      },
    ],
  });
  const build = (files: ReturnType<typeof file>[], root: string): RecordedService => {
    const service = { name: 'S', method: [{ name: 'A', inputType: `.p.${root}`, outputType: `.p.${root}` }] };
    const all = [
      ...files,
      {
        name: 's.proto',
        package: 'p',
        syntax: 'proto3',
        dependency: files.map(({ name }) => name),
        service: [service],
      },
    ];
    const bytes = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: all }));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: all }));
    return recorded(registry.getService('p.S') ?? expect.fail(`${bytes.length} bytes without a service`));
  };

  it('are told apart from those that can: imports in a circle', () => {
    const before = build([file('a.proto', [], 'A'), file('b.proto', ['a.proto'], 'B', 'A')], 'B');
    const after = build([file('b.proto', [], 'B'), file('a.proto', ['b.proto'], 'A', 'B')], 'A');
    expect(() =>
      uniteContracts([
        { contract: before, revision: 1 },
        { contract: after, revision: 2 },
      ]),
    ).toThrow('both versions together import in a circle');
  });
});
