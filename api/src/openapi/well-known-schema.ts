import type { DescMessage } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { both, type Constraint } from './constraint.ts';
import type { JsonSchema } from './json-schema.ts';
import { textNumberConstraint } from './number-rules.ts';
import { listIn, type Rules, rulesIn } from './rules.ts';
import { scalarSchema } from './scalar-schema.ts';

/**
 * The JSON form of a message type that is not an object with its fields (ProtoJSON, "Well-known types"), or undefined
 * for an ordinary type.
 */
export function wellKnownSchema(desc: DescMessage, rules: Rules): Constraint | undefined {
  if (isWrapperDesc(desc)) return scalarSchema(desc.fields[0].scalar, rules);
  const keywords = schemas[desc.typeName];
  return keywords && both({ keywords, notes: [] }, wellKnownConstraint(desc.typeName, rules));
}

const schemas: Readonly<Record<string, JsonSchema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time', examples: ['2030-01-31T12:00:00Z'] },
  'google.protobuf.Duration': {
    type: 'string',
    pattern: '^-?[0-9]+(?:\\.[0-9]{1,9})?s$',
    examples: ['1.5s'],
  },
  'google.protobuf.FieldMask': {
    type: 'string',
    pattern: '^(?:[A-Za-z][A-Za-z0-9.]*(?:,[A-Za-z][A-Za-z0-9.]*)*)?$',
    examples: ['displayName,address.city'],
  },
  'google.protobuf.Struct': { type: 'object', additionalProperties: true },
  'google.protobuf.Value': { title: 'Any JSON value' },
  'google.protobuf.ListValue': { type: 'array', items: {} },
  'google.protobuf.Any': {
    type: 'object',
    properties: {
      '@type': {
        type: 'string',
        description: 'The type of the message: `type.googleapis.com/` and its full name.',
        examples: ['type.googleapis.com/google.protobuf.Duration'],
      },
    },
    required: ['@type'],
    additionalProperties: true,
  },
};

function wellKnownConstraint(typeName: string, all: Rules): Constraint {
  switch (typeName) {
    case 'google.protobuf.Timestamp': {
      const rules = rulesIn(all.timestamp);
      const notes = [
        ...(rules.ltNow === true ? ['In the past.'] : []),
        ...(rules.gtNow === true ? ['In the future.'] : []),
        ...(rules.within === undefined ? [] : [`Within ${String(rules.within)} of now.`]),
      ];
      return both({ keywords: {}, notes }, textNumberConstraint(rules));
    }
    case 'google.protobuf.Duration':
      return textNumberConstraint(rulesIn(all.duration));
    case 'google.protobuf.FieldMask': {
      const rules = rulesIn(all.fieldMask);
      const notes = [
        ...listNote('Paths that are allowed', rules.in),
        ...listNote('Paths that are not allowed', rules.notIn),
      ];
      return { keywords: rules.const === undefined ? {} : { const: rules.const }, notes };
    }
    case 'google.protobuf.Any': {
      const rules = rulesIn(all.any);
      return {
        keywords: {},
        notes: [
          ...listNote('Types that are allowed', rules.in),
          ...listNote('Types that are not allowed', rules.notIn),
        ],
      };
    }
    default:
      return { keywords: {}, notes: [] };
  }
}

function listNote(words: string, values: Rules[string] | undefined): string[] {
  const list = listIn(values);
  return list.length === 0 ? [] : [`${words}: ${list.map((value) => `\`${String(value)}\``).join(', ')}.`];
}
