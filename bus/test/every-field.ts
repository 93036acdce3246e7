import { create, createFileRegistry, type DescMessage, type FileRegistry } from '@bufbuild/protobuf';
import {
  Edition,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
  FieldOptions_JSType as JSType,
  FieldDescriptorProto_Label as Label,
  FeatureSet_MessageEncoding as MessageEncoding,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

const scalarTypes = [
  Type.DOUBLE,
  Type.FLOAT,
  Type.INT64,
  Type.UINT64,
  Type.INT32,
  Type.FIXED64,
  Type.FIXED32,
  Type.BOOL,
  Type.STRING,
  Type.BYTES,
  Type.UINT32,
  Type.SFIXED32,
  Type.SFIXED64,
  Type.SINT32,
  Type.SINT64,
];

/** The syntaxes that decide when a field is left out. */
export const dialects = ['proto2', 'proto3', 'editions'] as const;

export type Dialect = (typeof dialects)[number];

interface FieldInit {
  readonly name: string;
  readonly type: Type;
  readonly label?: Label;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
  readonly defaultValue?: string;
  readonly options?: NonNullable<Parameters<typeof create<typeof FieldDescriptorProtoSchema>>[1]>['options'];
}

/**
 * Message types made of every kind of field there is, in each syntax: `Plain` holds those of our own codec, `Odd` those it
 * leaves to protobuf-es, `Required` two that must be set.
 */
export function everyField(dialect: Dialect): {
  plain: DescMessage;
  odd: DescMessage;
  required: DescMessage;
} {
  const registry = registryOf(dialect);
  const type = (name: string): DescMessage => {
    const found = registry.getMessage(`test.${dialect}.${name}`);
    if (found === undefined) throw new Error(`there is no ${name} in ${dialect}`);
    return found;
  };
  return { plain: type('Plain'), odd: type('Odd'), required: type('Required') };
}

function registryOf(dialect: Dialect): FileRegistry {
  const own = fileOf(dialect);
  const wellKnown = [file_google_protobuf_struct.proto, file_google_protobuf_wrappers.proto];
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [...wellKnown, own] }));
}

function fileOf(dialect: Dialect): FileDescriptorProto {
  const name = (type: string): string => `.test.${dialect}.${type}`;
  const messageTypes = [
    plainMessage(dialect, name),
    oddMessage(dialect, name),
    requiredMessage(dialect),
    { name: 'Child', field: numbered([{ name: 'text', type: Type.STRING }, childField(name('Child'))]) },
  ];
  return create(FileDescriptorProtoSchema, {
    name: `${dialect}.proto`,
    package: `test.${dialect}`,
    dependency: ['google/protobuf/struct.proto', 'google/protobuf/wrappers.proto'],
    syntax: dialect,
    ...(dialect === 'editions' && { edition: Edition.EDITION_2023 }),
    messageType: messageTypes,
    enumType: [
      {
        name: 'Colour',
        value: [
          { name: 'NONE', number: 0 },
          { name: 'RED', number: 1 },
          { name: 'BELOW', number: -1 },
        ],
      },
    ],
  });
}

function childField(typeName: string): FieldInit {
  return { name: 'child', type: Type.MESSAGE, typeName };
}

function plainMessage(dialect: Dialect, name: (type: string) => string) {
  const kinds: FieldInit[] = [
    ...scalarTypes.map((type) => ({ name: Type[type].toLowerCase(), type })),
    { name: 'colour', type: Type.ENUM, typeName: name('Colour') },
    { name: 'nested', type: Type.MESSAGE, typeName: name('Child') },
  ];
  const entry = (kind: FieldInit) => ({
    name: `By${kind.name[0]?.toUpperCase()}${kind.name.slice(1)}Entry`,
    field: numbered([
      { name: 'key', type: Type.STRING },
      { ...kind, name: 'value' },
    ]),
    options: { mapEntry: true },
  });
  const isPackable = ({ type }: FieldInit): boolean =>
    type !== Type.STRING && type !== Type.BYTES && type !== Type.MESSAGE;
  const optionals = kinds.map((kind, index) => ({
    ...kind,
    name: `optional_${kind.name}`,
    ...(dialect === 'proto3' && { proto3Optional: true, oneofIndex: 1 + index }),
  }));
  const fields: FieldInit[] = [
    ...kinds,
    ...kinds.map((kind) => ({ ...kind, name: `chosen_${kind.name}`, oneofIndex: 0 })),
    ...optionals,
    ...kinds.map((kind) => ({ ...kind, name: `many_${kind.name}`, label: Label.REPEATED })),
    ...kinds.filter(isPackable).map((kind) => ({
      ...kind,
      name: `other_${kind.name}`,
      label: Label.REPEATED,
      ...(dialect !== 'editions' && { options: { packed: dialect === 'proto2' } }),
    })),
    ...kinds.map((kind) => ({
      name: `by_${kind.name}`,
      type: Type.MESSAGE,
      label: Label.REPEATED,
      typeName: `${name('Plain')}.${entry(kind).name}`,
    })),
    childField(name('Plain')),
    ...(dialect === 'proto3' ? [] : [{ name: 'with_default', type: Type.INT32, defaultValue: '7' }]),
  ];
  const synthetic = dialect === 'proto3' ? optionals.map((field) => ({ name: `_${field.name}` })) : [];
  return {
    name: 'Plain',
    field: numbered(fields),
    nestedType: kinds.map(entry),
    oneofDecl: [{ name: 'choice' }, ...synthetic],
  };
}

function oddMessage(dialect: Dialect, name: (type: string) => string) {
  const mapTo = (key: Type) => ({
    name: `By${key}Entry`,
    field: numbered([
      { name: 'key', type: key },
      { name: 'value', type: Type.STRING },
    ]),
    options: { mapEntry: true },
  });
  const keys = [Type.INT32, Type.UINT64, Type.SINT64, Type.BOOL];
  const group: FieldInit =
    dialect === 'editions'
      ? {
          ...childField(name('Child')),
          name: 'group',
          options: { features: { messageEncoding: MessageEncoding.DELIMITED } },
        }
      : { name: 'child', type: dialect === 'proto2' ? Type.GROUP : Type.MESSAGE, typeName: name('Child') };
  return {
    name: 'Odd',
    field: numbered([
      ...keys.map((key) => ({
        name: `by_${key}`,
        type: Type.MESSAGE,
        label: Label.REPEATED,
        typeName: `${name('Odd')}.By${key}Entry`,
      })),
      group,
      { name: 'long_text', type: Type.INT64, options: { jstype: JSType.JS_STRING } },
      { name: 'wrapped', type: Type.MESSAGE, typeName: '.google.protobuf.Int32Value' },
      { name: 'struct', type: Type.MESSAGE, typeName: '.google.protobuf.Struct' },
      { name: 'value', type: Type.MESSAGE, typeName: '.google.protobuf.Value' },
    ]),
    nestedType: keys.map(mapTo),
  };
}

function requiredMessage(dialect: Dialect) {
  const label = dialect === 'proto2' ? Label.REQUIRED : Label.OPTIONAL;
  return {
    name: 'Required',
    field: numbered([
      { name: 'first', type: Type.INT32, label },
      { name: 'second', type: Type.STRING, label },
    ]),
  };
}

/** Fields with numbers from 1, in an order that is not that of the numbers. */
function numbered(fields: readonly FieldInit[]): FieldDescriptorProto[] {
  return fields
    .map((field, index) =>
      create(FieldDescriptorProtoSchema, { label: Label.OPTIONAL, ...field, number: index + 1 }),
    )
    .reverse();
}
