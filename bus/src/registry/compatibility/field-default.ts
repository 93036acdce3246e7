import { FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt';
import type { AnyField } from './value-type.ts';

/** What a reader sees where a field is not set. */
export type FieldDefault = string | number | bigint;

/**
 * The default of a field, by the schema or else by its type; undefined for messages, lists and maps, which have none.
 * Bytes are given as text, a truth value as 0 or 1, an enum value by its number.
 */
export function fieldDefault(field: AnyField): FieldDefault | undefined {
  if (field.fieldKind === 'enum') return field.getDefaultValue() ?? field.enum.values[0]?.number ?? 0;
  if (field.fieldKind !== 'scalar') return undefined;
  const given = field.getDefaultValue();
  const { type } = field.proto;
  if (given === undefined) return type === Type.STRING || type === Type.BYTES ? '' : 0;
  if (typeof given === 'boolean') return given ? 1 : 0;
  if (given instanceof Uint8Array) return Buffer.from(given).toString('latin1');
  return given;
}

/** Whether two defaults mean the same, also where the type changed to one that is read alike. */
export function sameDefault(before: FieldDefault, after: FieldDefault): boolean {
  if (isZero(before) && isZero(after)) return true;
  if (typeof before === 'string' || typeof after === 'string') return before === after;
  if (typeof before === 'bigint' || typeof after === 'bigint') return !(before < after || before > after);
  // One of them may be a float, the other the double it was written as.
  return Object.is(before, after) || Math.fround(before) === Math.fround(after);
}

function isZero(value: FieldDefault): boolean {
  return value === '' || value === 0 || value === 0n;
}
