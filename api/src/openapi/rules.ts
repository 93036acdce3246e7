import {
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  hasOption,
  type JsonValue,
  toJson,
} from '@bufbuild/protobuf';
import {
  FieldRulesSchema,
  field as fieldRules,
  MessageRulesSchema,
  message as messageRules,
  OneofRulesSchema,
  oneof as oneofRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/**
 * Rules of a contract (buf/validate/validate.proto) as ProtoJSON: only what was set is there, whatever the type of
 * the field, and 64-bit bounds are text.
 */
export type Rules = Readonly<Record<string, JsonValue>>;

export const noRules: Rules = {};

/** The rules of a field, none where the contract says to ignore them. */
export function rulesOfField(field: DescField): Rules {
  if (!hasOption(field, fieldRules)) return noRules;
  const rules = rulesIn(toJson(FieldRulesSchema, getOption(field, fieldRules)));
  return rules.ignore === 'IGNORE_ALWAYS' ? noRules : rules;
}

export function rulesOfMessage(desc: DescMessage): Rules {
  return hasOption(desc, messageRules)
    ? rulesIn(toJson(MessageRulesSchema, getOption(desc, messageRules)))
    : noRules;
}

export function isRequired(oneof: DescOneof): boolean {
  return (
    hasOption(oneof, oneofRules) &&
    rulesIn(toJson(OneofRulesSchema, getOption(oneof, oneofRules))).required === true
  );
}

/** The rules under a name, such as `items` of `repeated`. */
export function rulesIn(value: JsonValue | undefined): Rules {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : noRules;
}

export function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** Rules written in CEL, in words: their message, or the expression where they have none. */
export function celNotes(rules: Rules): string[] {
  const withMessage = listIn(rules.cel).map((rule) => {
    const { message, expression } = rulesIn(rule);
    return typeof message === 'string' && message !== '' ? sentence(message) : `Rule: \`${expression}\`.`;
  });
  return [
    ...withMessage,
    ...listIn(rules.celExpression).map((expression) => `Rule: \`${String(expression)}\`.`),
  ];
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const start = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
