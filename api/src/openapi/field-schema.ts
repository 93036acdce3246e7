import { type DescEnum, type DescField, type DescMessage, getOption, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { FieldBehavior, field_behavior } from '@busline/schemas/google/api/field_behavior';
import { commentOf } from './comments.ts';
import { both, type Constraint } from './constraint.ts';
import { enumConstraint, isNullValue } from './enum-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { described } from './prose.ts';
import { celNotes, type Rules, rulesIn, rulesOfField } from './rules.ts';
import { scalarSchema } from './scalar-schema.ts';
import type { TypeScope } from './type-scope.ts';
import { wellKnownSchema } from './well-known-schema.ts';

/** A field as a property of its message, or as a parameter. */
export function fieldSchema(field: DescField, scope: TypeScope): JsonSchema {
  const rules = rulesOfField(field);
  const { keywords, notes } = fieldValue(field, rules, scope);
  const behaviors = behaviorsOf(field);
  const words = [...notes, ...celNotes(rules), ...behaviorNotes(behaviors)];
  return {
    ...keywords,
    ...described([commentOf(field), words.join(' ')]),
    ...(field.deprecated && { deprecated: true }),
    ...(behaviors.has(FieldBehavior.OUTPUT_ONLY) && { readOnly: true }),
    ...(behaviors.has(FieldBehavior.INPUT_ONLY) && { writeOnly: true }),
    // Hidden while it is typed, as logs and traces hide it.
    ...(isSecretText(field) && keywords.format === undefined && { format: 'password' }),
    ...defaultOf(field),
  };
}

export function behaviorsOf(field: DescField): ReadonlySet<FieldBehavior> {
  return new Set(getOption(field, field_behavior));
}

function fieldValue(field: DescField, rules: Rules, scope: TypeScope): Constraint {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarSchema(field.scalar, rules);
    case 'enum':
      return enumValue(field.enum, rules, scope);
    case 'message':
      return messageValue(field.message, rules, scope);
    case 'list':
      return listOf(elementOf(field, rulesIn(rulesIn(rules.repeated).items), scope), rulesIn(rules.repeated));
    case 'map':
      return mapOf(field, rulesIn(rules.map), scope);
  }
}

type Element = {
  readonly scalar: ScalarType | undefined;
  readonly enum: DescEnum | undefined;
  readonly message: DescMessage | undefined;
};

function elementOf(element: Element, rules: Rules, scope: TypeScope): Constraint {
  if (element.enum !== undefined) return enumValue(element.enum, rules, scope);
  if (element.message !== undefined) return messageValue(element.message, rules, scope);
  return scalarSchema(element.scalar ?? ScalarType.STRING, rules);
}

function enumValue(desc: DescEnum, rules: Rules, scope: TypeScope): Constraint {
  if (isNullValue(desc)) return { keywords: { type: 'null' }, notes: [] };
  return both({ keywords: scope.ref(desc), notes: [] }, enumConstraint(desc, rulesIn(rules.enum)));
}

function messageValue(desc: DescMessage, rules: Rules, scope: TypeScope): Constraint {
  return wellKnownSchema(desc, rules) ?? { keywords: scope.ref(desc), notes: [] };
}

function listOf(element: Constraint, rules: Rules): Constraint {
  return {
    keywords: {
      type: 'array',
      items: withNotes(element),
      ...(rules.minItems !== undefined && { minItems: Number(rules.minItems) }),
      ...(rules.maxItems !== undefined && { maxItems: Number(rules.maxItems) }),
      ...(rules.unique === true && { uniqueItems: true }),
    },
    notes: [],
  };
}

function mapOf(field: DescField & { fieldKind: 'map' }, rules: Rules, scope: TypeScope): Constraint {
  const names = mapKeys(field.mapKey, rulesIn(rules.keys));
  return {
    keywords: {
      type: 'object',
      ...(names !== undefined && { propertyNames: names }),
      additionalProperties: withNotes(elementOf(field, rulesIn(rules.values), scope)),
      ...(rules.minPairs !== undefined && { minProperties: Number(rules.minPairs) }),
      ...(rules.maxPairs !== undefined && { maxProperties: Number(rules.maxPairs) }),
    },
    notes: [],
  };
}

/** Keys are text in JSON, whatever their type. */
function mapKeys(scalar: ScalarType, rules: Rules): JsonSchema | undefined {
  if (scalar === ScalarType.BOOL) return { enum: ['true', 'false'] };
  if (scalar !== ScalarType.STRING) {
    const { keywords } = scalarSchema(scalar, {});
    const signed = keywords.format === 'int32' || keywords.format === 'int64';
    return { pattern: signed ? '^-?[0-9]+$' : '^[0-9]+$' };
  }
  const { type: _, ...keywords } = scalarSchema(scalar, rules).keywords;
  return Object.keys(keywords).length === 0 ? undefined : keywords;
}

function withNotes({ keywords, notes }: Constraint): JsonSchema {
  return { ...keywords, ...described([notes.join(' ')]) };
}

function behaviorNotes(behaviors: ReadonlySet<FieldBehavior>): string[] {
  return behaviors.has(FieldBehavior.IMMUTABLE) ? ['Cannot be changed once it is set.'] : [];
}

function isSecretText(field: DescField): boolean {
  return field.scalar === ScalarType.STRING && field.proto.options?.debugRedact === true;
}

/** A default that the contract itself states, which proto2 and editions allow. */
function defaultOf(field: DescField): JsonSchema {
  if (field.presence === FeatureSet_FieldPresence.IMPLICIT || field.proto.defaultValue === '') return {};
  if (field.fieldKind === 'enum') return { default: field.proto.defaultValue };
  if (field.fieldKind !== 'scalar') return {};
  const value = field.getDefaultValue();
  if (typeof value === 'bigint') return { default: String(value) };
  const isJson = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isJson ? { default: value as string | boolean | number } : {};
}
