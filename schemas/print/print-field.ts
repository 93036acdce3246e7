import type { DescExtension, DescField } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { block, brackets, statement } from './block.ts';
import type { PrintContext } from './context.ts';
import { groupOf, groupPath } from './groups.ts';
import { messageBody } from './print-message.ts';
import { printOptions } from './print-options.ts';
import { relativeTypeName } from './type-name.ts';

export interface FieldToPrint {
  readonly desc: DescField | DescExtension;
  readonly path: readonly number[];
  /** Full name of the message, or the package, that the field is written in. */
  readonly scope: string;
}

/** One field or extension, with its label, type, number, default and options. */
export function printField(context: PrintContext, { desc, path, scope }: FieldToPrint): string[] {
  const { proto } = desc;
  const options = fieldOptions(context, desc);
  const group = groupOf(desc);
  if (group !== undefined) {
    const head = `${label(context, desc)}group ${group.name} = ${proto.number}${brackets(options)}`;
    const messagePath = groupPath(group, path);
    // A group is one declaration with two descriptors; its comment is recorded for the message.
    return block(
      head,
      messageBody(context, { desc: group, path: messagePath }),
      context.comments(messagePath),
    );
  }
  return statement(
    `${label(context, desc)}${typeName(context, desc, scope)} ${proto.name} = ${proto.number}`,
    options,
    context.comments(path),
  );
}

function label({ syntax }: PrintContext, desc: DescField | DescExtension): string {
  const { proto } = desc;
  if (desc.fieldKind === 'map' || desc.oneof !== undefined) {
    return '';
  }
  if (proto.label === FieldDescriptorProto_Label.REPEATED) {
    return 'repeated ';
  }
  if (syntax === 'proto2') {
    return proto.label === FieldDescriptorProto_Label.REQUIRED ? 'required ' : 'optional ';
  }
  return proto.proto3Optional ? 'optional ' : '';
}

function typeName(context: PrintContext, desc: DescField | DescExtension, scope: string): string {
  if (desc.fieldKind === 'map') {
    const [key, value] = desc.parent.proto.nestedType.find(
      ({ name }) => desc.proto.typeName === `.${desc.parent.typeName}.${name}`,
    )?.field ?? [undefined, undefined];
    if (key === undefined || value === undefined) {
      throw new Error(
        `The descriptor of ${desc.parent.typeName} lacks the entry type of its map "${desc.name}".`,
      );
    }
    return `map<${protoType(context, key, scope)}, ${protoType(context, value, scope)}>`;
  }
  return protoType(context, desc.proto, scope);
}

function protoType(
  { symbols }: PrintContext,
  { type, typeName }: FieldDescriptorProto,
  scope: string,
): string {
  if (typeName !== '') {
    return relativeTypeName(typeName.replace(/^\./, ''), scope, symbols);
  }
  return FieldDescriptorProto_Type[type].toLowerCase();
}

function fieldOptions(context: PrintContext, desc: DescField | DescExtension): string[] {
  const { proto } = desc;
  const custom = printOptions(context, {
    schema: FieldOptionsSchema,
    message: proto.options,
    element: `field ${desc.kind === 'extension' ? desc.typeName : `${desc.parent.typeName}.${desc.name}`}`,
  });
  // Two of the bracketed entries are not options to the descriptor but fields of their own.
  const defaultValue = Object.hasOwn(proto, 'defaultValue') ? [`default = ${defaultLiteral(proto)}`] : [];
  const jsonName =
    desc.kind === 'field' && Object.hasOwn(proto, 'jsonName') && proto.jsonName !== protoCamelCase(proto.name)
      ? [`json_name = ${JSON.stringify(proto.jsonName)}`]
      : [];
  return [...defaultValue, ...jsonName, ...custom];
}

/** Descriptors hold bytes defaults already escaped, string defaults raw, and the rest as it is written. */
function defaultLiteral({ type, defaultValue }: FieldDescriptorProto): string {
  switch (type) {
    case FieldDescriptorProto_Type.STRING:
      return JSON.stringify(defaultValue);
    case FieldDescriptorProto_Type.BYTES:
      return `"${defaultValue}"`;
    default:
      return defaultValue;
  }
}
