import type { DescField, DescMessage, DescOneof } from '@bufbuild/protobuf';
import { hasOwnJsonForm } from '../transcode/json-well-known.ts';
import { commentOf } from './comments.ts';
import { fieldSchema } from './field-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { described } from './prose.ts';
import { celNotes, isRequired, listIn, type Rules, rulesIn, rulesOfMessage } from './rules.ts';
import type { TypeScope } from './type-scope.ts';

/** A field of a message, or a field of a field of it, and so on down. */
export type FieldPath = readonly DescField[];

/**
 * A message as a JSON object.
 *
 * @param without fields that are given elsewhere, in the path of a request; messages on the way to one are written out
 */
export function messageSchema(
  desc: DescMessage,
  scope: TypeScope,
  without: readonly FieldPath[] = [],
): JsonSchema {
  const rules = rulesOfMessage(desc);
  const fields = desc.fields.filter(
    (field) => !without.some((path) => path.length === 1 && path[0] === field),
  );
  const required = scope.required(desc);
  const requiredNames = fields.filter((field) => required.has(field)).map((field) => field.jsonName);
  const properties = fields.map((field) => [field.jsonName, property(field)] as const);
  const choices = [
    ...desc.oneofs.map((oneof) => choice(namesIn(oneof, fields), isRequired(oneof))),
    ...ruledChoices(rules, fields),
  ].filter((schema) => schema !== undefined);
  return {
    type: 'object',
    ...described([commentOf(desc), celNotes(rules).join(' ')]),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(requiredNames.length > 0 && { required: requiredNames }),
    ...(choices.length === 1 ? choices[0] : choices.length > 1 && { allOf: choices }),
    ...(desc.deprecated && { deprecated: true }),
  };

  function property(field: DescField): JsonSchema {
    const inner = without.filter((path) => path.length > 1 && path[0] === field).map((path) => path.slice(1));
    if (inner.length === 0 || field.fieldKind !== 'message' || hasOwnJsonForm(field.message))
      return fieldSchema(field, scope);
    // Written out, so the whole type is not referred to.
    const beside = fieldSchema(field, { ...scope, ref: () => ({}) });
    return { ...messageSchema(field.message, scope, inner), ...beside };
  }
}

function namesIn(oneof: DescOneof, fields: readonly DescField[]): string[] {
  // A member that is `null` when set is there whether or not it is: it takes no part in the choice.
  return oneof.fields
    .filter((field) => fields.includes(field) && !isNull(field))
    .map((field) => field.jsonName);
}

function isNull(field: DescField): boolean {
  return field.enum?.typeName === 'google.protobuf.NullValue';
}

/** Choices that rules of the message make (buf/validate/validate.proto, "MessageOneofRule"). */
function ruledChoices(rules: Rules, fields: readonly DescField[]): (JsonSchema | undefined)[] {
  return listIn(rules.oneof).map((rule) => {
    const { fields: names, required } = rulesIn(rule);
    const members = fields.filter(({ name }) => listIn(names).includes(name));
    return choice(
      members.map((field) => field.jsonName),
      required === true,
    );
  });
}

/** Exactly one of several properties, or at most one. */
function choice(names: readonly string[], required: boolean): JsonSchema | undefined {
  if (names.length < (required ? 1 : 2)) return undefined;
  const one = names.map((name) => ({ title: name, required: [name] }));
  if (required) return { oneOf: one };
  const none = { title: 'none', properties: Object.fromEntries(names.map((name) => [name, false as const])) };
  return { oneOf: [...one, none] };
}
