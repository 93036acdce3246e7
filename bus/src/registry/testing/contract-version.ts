import { create, createFileRegistry, type DescMessage, type Message } from '@bufbuild/protobuf';
import type { GenMessage, GenService } from '@bufbuild/protobuf/codegenv2';
import { FieldDescriptorProto_Type, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

type FieldType = 'STRING' | 'INT32' | 'INT64' | 'UINT32';

/** One version of a small contract: fields as `name = number`, all in the one message that its methods take and give. */
export interface ContractVersion {
  readonly fields: Readonly<Record<string, readonly [number: number, type: FieldType]>>;
  /** Default: `Get`. */
  readonly methods?: readonly string[];
  readonly reservedNumbers?: readonly number[];
  readonly reservedNames?: readonly string[];
  /** Default: `version.v1`. */
  readonly package?: string;
}

type Thing = Message & Record<string, string | number | bigint>;

/** A service whose methods and fields are known at run time only. */
export type VersionedService = GenService<
  Record<'get' | 'list' | 'find', { methodKind: 'unary'; input: GenMessage<Thing>; output: DescMessage }>
>;

/** Builds the service `<package>.ThingService` of a version. */
export function contractVersion(version: ContractVersion): VersionedService {
  const name = version.package ?? 'version.v1';
  const file = {
    name: `${name.replaceAll('.', '/')}/thing.proto`,
    package: name,
    syntax: 'proto3',
    messageType: [
      {
        name: 'Thing',
        field: Object.entries(version.fields).map(([field, [number, type]]) => ({
          name: field,
          number,
          type: FieldDescriptorProto_Type[type],
          label: 1,
          jsonName: field,
        })),
        reservedRange: (version.reservedNumbers ?? []).map((start) => ({ start, end: start + 1 })),
        reservedName: [...(version.reservedNames ?? [])],
      },
    ],
    service: [
      {
        name: 'ThingService',
        method: (version.methods ?? ['Get']).map((method) => ({
          name: method,
          inputType: `.${name}.Thing`,
          outputType: `.${name}.Thing`,
        })),
      },
    ],
  };
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return registry.getService(`${name}.ThingService`) as VersionedService;
}

/** A version, one that adds to it, and two that break it. */
export const versions = {
  first: contractVersion({ fields: { id: [1, 'STRING'], count: [2, 'INT32'] } }),
  second: contractVersion({
    fields: { id: [1, 'STRING'], count: [2, 'INT32'], note: [3, 'STRING'] },
    methods: ['Get', 'Find'],
  }),
  retyped: contractVersion({ fields: { id: [1, 'STRING'], count: [2, 'STRING'] } }),
  /** Breaks `second` and nothing else. */
  renumbered: contractVersion({ fields: { id: [1, 'STRING'], count: [2, 'INT32'], size: [3, 'INT64'] } }),
};
