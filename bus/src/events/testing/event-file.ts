import {
  create,
  createFileRegistry,
  type DescMessage,
  type MessageInitShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { EventOptionsSchema, event } from '@busline/schemas/busline/events/v1/options';

/** Types of fields a test may ask for; anything else is the name of a message of the same file. */
const scalars: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  int64: FieldDescriptorProto_Type.INT64,
  int32: FieldDescriptorProto_Type.INT32,
  bool: FieldDescriptorProto_Type.BOOL,
  bytes: FieldDescriptorProto_Type.BYTES,
  double: FieldDescriptorProto_Type.DOUBLE,
};

/** A message of a test: its fields by name, and its event option, if it is an event. */
export interface TestMessage {
  readonly fields?: Readonly<Record<string, string>>;
  readonly event?: MessageInitShape<typeof EventOptionsSchema>;
  /** Fields that are alternatives of one `oneof`. */
  readonly oneof?: readonly string[];
}

/** Messages of one file, as if protoc had compiled them. */
export function eventFile<Name extends string>(
  messages: Readonly<Record<Name, TestMessage>>,
  packageName = 'shop.orders.v1',
): Record<Name, DescMessage> {
  const file = create(FileDescriptorProtoSchema, {
    name: `${packageName.replaceAll('.', '/')}/events.proto`,
    package: packageName,
    syntax: 'proto3',
    messageType: Object.entries<TestMessage>(messages).map(([name, message]) =>
      describeMessage(name, message, packageName),
    ),
  });
  const registry = createFileRegistry(file, () => undefined);
  return Object.fromEntries(
    Object.keys(messages).map((name) => [name, registry.getMessage(`${packageName}.${name}`) as DescMessage]),
  ) as Record<Name, DescMessage>;
}

function describeMessage(
  name: string,
  { fields = {}, oneof = [], event: option }: TestMessage,
  packageName: string,
): DescriptorProto {
  const options = create(MessageOptionsSchema);
  if (option !== undefined) setExtension(options, event, create(EventOptionsSchema, option));
  return create(DescriptorProtoSchema, {
    name,
    options,
    oneofDecl: oneof.length > 0 ? [{ name: 'choice' }] : [],
    field: Object.entries(fields).map(([field, type], index) => ({
      name: field,
      number: index + 1,
      label: type.startsWith('repeated ')
        ? FieldDescriptorProto_Label.REPEATED
        : FieldDescriptorProto_Label.OPTIONAL,
      ...typeOf(type.replace('repeated ', ''), packageName),
      ...(oneof.includes(field) && { oneofIndex: 0 }),
    })),
  });
}

function typeOf(type: string, packageName: string) {
  const scalar = scalars[type];
  return scalar === undefined
    ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.${packageName}.${type}` }
    : { type: scalar };
}
