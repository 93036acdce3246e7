import { ScalarType } from '@bufbuild/protobuf';
import { both, type Constraint, unconstrained } from './constraint.ts';
import type { JsonSchema } from './json-schema.ts';
import { numberConstraint, staysFinite, textNumberConstraint } from './number-rules.ts';
import { listIn, type Rules, rulesIn } from './rules.ts';
import { byteNotes, stringConstraint } from './string-rules.ts';

/** The JSON form of a scalar (ProtoJSON) under the rules of its field. */
export function scalarSchema(scalar: ScalarType, rules: Rules): Constraint {
  switch (scalar) {
    case ScalarType.STRING:
      return both({ keywords: { type: 'string' }, notes: [] }, stringConstraint(rulesIn(rules.string)));
    case ScalarType.BYTES:
      return bytesSchema(rulesIn(rules.bytes));
    case ScalarType.BOOL:
      return boolSchema(rulesIn(rules.bool));
    case ScalarType.FLOAT:
      return floatSchema('float', rulesIn(rules.float));
    case ScalarType.DOUBLE:
      return floatSchema('double', rulesIn(rules.double));
    default:
      return integerSchema(scalar, rulesIn(rules[ruleNames[scalar]]));
  }
}

type IntegerType = Exclude<
  ScalarType,
  ScalarType.STRING | ScalarType.BYTES | ScalarType.BOOL | ScalarType.FLOAT | ScalarType.DOUBLE
>;

const ruleNames: Readonly<Record<IntegerType, string>> = {
  [ScalarType.INT32]: 'int32',
  [ScalarType.INT64]: 'int64',
  [ScalarType.UINT32]: 'uint32',
  [ScalarType.UINT64]: 'uint64',
  [ScalarType.SINT32]: 'sint32',
  [ScalarType.SINT64]: 'sint64',
  [ScalarType.FIXED32]: 'fixed32',
  [ScalarType.FIXED64]: 'fixed64',
  [ScalarType.SFIXED32]: 'sfixed32',
  [ScalarType.SFIXED64]: 'sfixed64',
};

/** 64-bit integers are text, because JSON's readers lose digits beyond 2^53. */
const integers: Readonly<Record<IntegerType, JsonSchema>> = {
  [ScalarType.INT32]: { type: 'integer', format: 'int32' },
  [ScalarType.SINT32]: { type: 'integer', format: 'int32' },
  [ScalarType.SFIXED32]: { type: 'integer', format: 'int32' },
  [ScalarType.UINT32]: { type: 'integer', format: 'uint32', minimum: 0 },
  [ScalarType.FIXED32]: { type: 'integer', format: 'uint32', minimum: 0 },
  [ScalarType.INT64]: { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' },
  [ScalarType.SINT64]: { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' },
  [ScalarType.SFIXED64]: { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' },
  [ScalarType.UINT64]: { type: 'string', format: 'uint64', pattern: '^[0-9]+$' },
  [ScalarType.FIXED64]: { type: 'string', format: 'uint64', pattern: '^[0-9]+$' },
};

function integerSchema(scalar: IntegerType, rules: Rules): Constraint {
  const keywords = integers[scalar];
  if (keywords.type === 'integer') return both({ keywords, notes: [] }, numberConstraint(rules));
  const example = String(rules.const ?? listIn(rules.in)[0] ?? rules.gte ?? '0');
  return both({ keywords: { ...keywords, examples: [example] }, notes: [] }, textNumberConstraint(rules));
}

function floatSchema(format: 'float' | 'double', rules: Rules): Constraint {
  const { keywords, notes } = numberConstraint(rules);
  const number: JsonSchema = { type: 'number', format, ...keywords };
  if (staysFinite(rules)) return { keywords: number, notes };
  const special: JsonSchema = { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] };
  return { keywords: { anyOf: [number, special] }, notes };
}

function boolSchema(rules: Rules): Constraint {
  return {
    keywords: { type: 'boolean', ...(rules.const !== undefined && { const: rules.const }) },
    notes: [],
  };
}

/** Base64, standard or URL-safe, with or without padding; so its rules are about other bytes than those in JSON. */
function bytesSchema(rules: Rules): Constraint {
  const notes = byteNotes(rules, { len: 'len', min: 'minLen', max: 'maxLen' });
  if (typeof rules.pattern === 'string') notes.push(`The bytes match \`${rules.pattern}\`.`);
  const formats = { ip: 'an IP address', ipv4: 'an IPv4 address', ipv6: 'an IPv6 address', uuid: 'a UUID' };
  for (const [name, what] of Object.entries(formats)) {
    if (rules[name] === true) notes.push(`The bytes of ${what}.`);
  }
  return both(
    { keywords: { type: 'string', contentEncoding: 'base64', examples: ['aGVsbG8='] }, notes },
    unconstrained,
  );
}
