import { clone, create } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProto_ReservedRangeSchema,
  DescriptorProtoSchema,
  type EnumDescriptorProto,
  EnumDescriptorProto_EnumReservedRangeSchema,
  EnumDescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { without } from '../compatibility/reserved-ranges.ts';
import { mergeByName, withMissing } from './merge-names.ts';

/** A message with the fields, and the types inside, of both versions; what both have is that of `newer`. */
export function mergeMessage(newer: DescriptorProto, older: DescriptorProto): DescriptorProto {
  const numbers = new Set(newer.field.map(({ number }) => number));
  const names = new Set(newer.field.flatMap(({ name, jsonName }) => [name, jsonName]));
  const added = older.field.filter(
    ({ name, jsonName, number }) => !numbers.has(number) && !names.has(name) && !names.has(jsonName),
  );
  const merged = clone(DescriptorProtoSchema, newer);
  merged.nestedType = mergeByName(newer.nestedType, older.nestedType, mergeMessage);
  merged.enumType = mergeByName(newer.enumType, older.enumType, mergeEnum);
  merged.extension = withMissing(newer.extension, older.extension);
  if (added.length === 0) return merged;
  Object.assign(merged, mergeFields(newer, older, added));
  // Reserved for others, and in use here until the version is gone that has it.
  merged.reservedName = newer.reservedName.filter((name) => !added.some((field) => field.name === name));
  merged.reservedRange = newer.reservedRange
    .flatMap(({ start, end }) =>
      without(
        { start, end: end - 1 },
        added.map(({ number }) => ({ start: number, end: number })),
      ),
    )
    .map(({ start, end }) => create(DescriptorProto_ReservedRangeSchema, { start, end: end + 1 }));
  return merged;
}

/** Fields name their oneof by its place, and those that stand for `optional` must come last. */
function mergeFields(
  newer: DescriptorProto,
  older: DescriptorProto,
  added: readonly FieldDescriptorProto[],
): Pick<DescriptorProto, 'field' | 'oneofDecl'> {
  const inOneof = (field: FieldDescriptorProto): boolean => Object.hasOwn(field, 'oneofIndex');
  const oneofOf = (message: DescriptorProto, field: FieldDescriptorProto): string =>
    inOneof(field) ? (message.oneofDecl[field.oneofIndex]?.name ?? '') : '';
  const placed = [
    ...newer.field.map((field) => ({ field, oneof: oneofOf(newer, field) })),
    ...added.map((field) => ({ field, oneof: oneofOf(older, field) })),
  ];
  const synthetic = new Set(placed.filter(({ field }) => field.proto3Optional).map(({ oneof }) => oneof));
  const used = new Set(placed.map(({ oneof }) => oneof));
  const all = withMissing(newer.oneofDecl, older.oneofDecl).filter(({ name }) => used.has(name));
  const oneofDecl = [
    ...all.filter(({ name }) => !synthetic.has(name)),
    ...all.filter(({ name }) => synthetic.has(name)),
  ];
  const field = placed.map((one) => {
    const copy = clone(FieldDescriptorProtoSchema, one.field);
    if (one.oneof !== '') copy.oneofIndex = oneofDecl.findIndex(({ name }) => name === one.oneof);
    return copy;
  });
  return { field, oneofDecl };
}

/** An enum with the values of both versions; what both have is that of `newer`. */
export function mergeEnum(newer: EnumDescriptorProto, older: EnumDescriptorProto): EnumDescriptorProto {
  const numbers = new Set(newer.value.map(({ number }) => number));
  const names = new Set(newer.value.map(({ name }) => name));
  const added = older.value.filter(({ name, number }) => !numbers.has(number) && !names.has(name));
  const merged = clone(EnumDescriptorProtoSchema, newer);
  merged.value = [...newer.value, ...added];
  merged.reservedName = newer.reservedName.filter((name) => !added.some((value) => value.name === name));
  merged.reservedRange = newer.reservedRange
    .flatMap((range) =>
      without(
        range,
        added.map(({ number }) => ({ start: number, end: number })),
      ),
    )
    .map(({ start, end }) => create(EnumDescriptorProto_EnumReservedRangeSchema, { start, end }));
  return merged;
}
