import type { DescEnum, DescExtension, DescField } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt';
import type { BreakingCategory } from './breaking-change.ts';
import { namesByNumber } from './compare-enums.ts';

export type AnyField = DescField | DescExtension;
export type MapField = Extract<DescField, { fieldKind: 'map' }>;

/** What a field, or the key or value of a map, holds. */
export interface ValueType {
  /** As the encoding sees it: a delimited message is a group, whatever the edition calls it. */
  readonly kind: Type;
  /** Full name of the message or enum; empty for others. */
  readonly name: string;
  readonly enum?: DescEnum | undefined;
}

export function valueType(field: AnyField): ValueType {
  const delimited = 'delimitedEncoding' in field && field.delimitedEncoding === true;
  const name = field.proto.typeName.replace(/^\./, '');
  return { kind: delimited ? Type.GROUP : field.proto.type, name, enum: field.enum };
}

/** The scalar types have the numbers they have in descriptors. */
export function mapKeyType(field: MapField): ValueType {
  return { kind: field.mapKey as number as Type, name: '' };
}

export function mapValueType(field: MapField): ValueType {
  if (field.mapKind === 'message') return { kind: Type.MESSAGE, name: field.message.typeName };
  if (field.mapKind === 'enum') return { kind: Type.ENUM, name: field.enum.typeName, enum: field.enum };
  return { kind: field.scalar as number as Type, name: '' };
}

/** A type that others cannot read as the one it was. */
export interface TypeChange {
  readonly from: string;
  readonly to: string;
  readonly category: BreakingCategory;
}

/** Undefined when values of either type are read alike, from the wire and from JSON. */
export function typeChange(before: ValueType, after: ValueType): TypeChange | undefined {
  if (!alike(wireJsonGroups, before.kind, after.kind)) {
    // Every string is bytes, but not the other way round.
    const wire =
      alike(wireGroups, before.kind, after.kind) ||
      (before.kind === Type.STRING && after.kind === Type.BYTES);
    return { from: kindText(before.kind), to: kindText(after.kind), category: wire ? 'json' : 'wire' };
  }
  if (before.name === after.name || hasMoved(before.enum, after.enum)) return undefined;
  return { from: before.name, to: after.name, category: 'wire' };
}

/** Kinds that are read alike from the wire, besides each with itself. */
const wireGroups: readonly (readonly Type[])[] = [
  [Type.INT32, Type.INT64, Type.UINT32, Type.UINT64, Type.BOOL],
  [Type.SINT32, Type.SINT64],
  [Type.FIXED32, Type.SFIXED32],
  [Type.FIXED64, Type.SFIXED64],
];

/** Kinds that are read alike from the wire and from JSON. */
const wireJsonGroups: readonly (readonly Type[])[] = [
  [Type.INT32, Type.UINT32],
  [Type.INT64, Type.UINT64],
  [Type.FIXED32, Type.SFIXED32],
  [Type.FIXED64, Type.SFIXED64],
];

function alike(groups: readonly (readonly Type[])[], a: Type, b: Type): boolean {
  return a === b || groups.some((group) => group.includes(a) && group.includes(b));
}

function kindText(kind: Type): string {
  return kind === Type.GROUP ? 'delimited message' : Type[kind].toLowerCase();
}

/** Whether an enum is another one under a longer or shorter full name, with all its values. */
function hasMoved(before: DescEnum | undefined, after: DescEnum | undefined): boolean {
  if (before === undefined || after === undefined || before.name !== after.name) return false;
  const now = namesByNumber(after);
  return before.values.every(({ name, number }) => now.get(number)?.includes(name));
}
