import type { DescExtension, DescField, DescMessage } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Type } from '@bufbuild/protobuf/wkt';

/** The message of a proto2 group, which is declared by its field; undefined for any other field. */
export function groupOf(field: DescField | DescExtension): DescMessage | undefined {
  return field.proto.type === FieldDescriptorProto_Type.GROUP ? field.message : undefined;
}

/** The messages that are not printed by themselves, because one of these fields declares them. */
export function groupsOf(
  fields: readonly (DescField | DescExtension)[],
): ReadonlySet<DescMessage | undefined> {
  return new Set(fields.map(groupOf));
}

/** The path of a group's message, next to the field at `fieldPath`. */
export function groupPath(group: DescMessage, fieldPath: readonly number[]): number[] {
  const { parent, file, proto } = group;
  return parent === undefined
    ? [4, file.proto.messageType.indexOf(proto)]
    : [...fieldPath.slice(0, -2), 3, parent.proto.nestedType.indexOf(proto)];
}
