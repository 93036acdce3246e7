import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  type JsonObject,
  type JsonValue,
  ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import {
  FieldRulesSchema,
  field as fieldRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** Messages within messages beyond this are left out: contracts may be recursive. */
const maxDepth = 5;

type Rules = Readonly<Record<string, JsonValue>>;

/** A message with a value in each field, as JSON; where a contract has rules that can be read off, it keeps them. */
export function exampleMessage(desc: DescMessage): JsonObject {
  const example = exampleOf(desc, 0);
  return typeof example === 'object' && example !== null && !Array.isArray(example) ? example : {};
}

function exampleOf(desc: DescMessage, depth: number): JsonValue {
  const known = wellKnown[desc.typeName];
  if (known !== undefined) return known;
  const fields: JsonObject = {};
  for (const member of desc.members) {
    // Of a oneof, the first.
    const field = member.kind === 'oneof' ? member.fields[0] : member;
    if (field === undefined || (depth >= maxDepth && field.message !== undefined)) continue;
    fields[field.jsonName] = exampleField(field, depth);
  }
  return fields;
}

function exampleField(field: DescField, depth: number): JsonValue {
  const rules = rulesOf(field);
  switch (field.fieldKind) {
    case 'scalar':
      return scalar(field.scalar, field.name, rulesIn(Object.values(rules).find(isObject)));
    case 'enum':
      return enumValue(field.enum);
    case 'message':
      return exampleOf(field.message, depth + 1);
    case 'list': {
      const items = rulesIn(rules.repeated);
      const inner = rulesIn(Object.values(rulesIn(items.items)).find(isObject));
      const one = (): JsonValue =>
        field.listKind === 'message'
          ? exampleOf(field.message, depth + 1)
          : field.listKind === 'enum'
            ? enumValue(field.enum)
            : scalar(field.scalar, field.name, inner);
      return Array.from({ length: Math.max(1, Number(items.minItems ?? 1)) }, one);
    }
    case 'map': {
      const value =
        field.mapKind === 'message'
          ? exampleOf(field.message, depth + 1)
          : field.mapKind === 'enum'
            ? enumValue(field.enum)
            : scalar(field.scalar, field.name, {});
      return { [mapKey(field.mapKey)]: value };
    }
  }
}

function mapKey(type: ScalarType): string {
  if (type === ScalarType.STRING) return 'key';
  return type === ScalarType.BOOL ? 'true' : '1';
}

function enumValue({ values, typeName }: DescEnum): JsonValue {
  if (typeName === 'google.protobuf.NullValue') return null;
  return (values.find(({ number }) => number !== 0) ?? values[0])?.name ?? 0;
}

const integers = new Set([
  ScalarType.INT32,
  ScalarType.UINT32,
  ScalarType.SINT32,
  ScalarType.FIXED32,
  ScalarType.SFIXED32,
]);

function scalar(type: ScalarType, name: string, rules: Rules): JsonValue {
  const fixed = rules.const ?? (Array.isArray(rules.in) ? rules.in[0] : undefined) ?? firstExample(rules);
  if (fixed !== undefined) return fixed;
  if (type === ScalarType.STRING) return text(name, rules);
  if (type === ScalarType.BOOL) return true;
  if (type === ScalarType.BYTES) return 'Ynl0ZXM=';
  const number = numberWithin(rules);
  if (type === ScalarType.DOUBLE || type === ScalarType.FLOAT || integers.has(type)) return number;
  return String(number);
}

function firstExample({ example }: Rules): JsonValue | undefined {
  return Array.isArray(example) ? example[0] : undefined;
}

function numberWithin({ gt, gte, lt, lte }: Rules): number {
  const least = gte !== undefined ? Number(gte) : gt !== undefined ? Number(gt) + 1 : undefined;
  const most = lte !== undefined ? Number(lte) : lt !== undefined ? Number(lt) - 1 : undefined;
  return Math.max(least ?? Number.NEGATIVE_INFINITY, Math.min(most ?? 1, 1));
}

const formats: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  hostname: 'example.com',
  ip: '192.0.2.1',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uriRef: '/example',
  address: 'example.com',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  tuuid: '123e4567e89b42d3a456426614174000',
  hostAndPort: 'example.com:80',
};

function text(name: string, rules: Rules): string {
  const format = Object.keys(formats).find((known) => rules[known] === true);
  if (format !== undefined) return formats[format] ?? '';
  const plain = `${rules.prefix ?? ''}${rules.contains ?? name.replaceAll('_', '-')}${rules.suffix ?? ''}`;
  const least = Number(rules.len ?? rules.minLen ?? 0);
  const most = Number(rules.len ?? rules.maxLen ?? Number.POSITIVE_INFINITY);
  return plain.padEnd(least, 'x').slice(0, most);
}

function rulesOf(field: DescField): Rules {
  return hasOption(field, fieldRules) ? rulesIn(toJson(FieldRulesSchema, getOption(field, fieldRules))) : {};
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rulesIn(value: JsonValue | undefined): Rules {
  return value !== undefined && isObject(value) ? value : {};
}

/** Messages that JSON writes in a way of their own. */
const wellKnown: Readonly<Record<string, JsonValue>> = {
  'google.protobuf.Timestamp': '2026-01-01T00:00:00Z',
  'google.protobuf.Duration': '1.5s',
  'google.protobuf.FieldMask': 'field',
  'google.protobuf.Struct': { key: 'value' },
  'google.protobuf.Value': 'value',
  'google.protobuf.ListValue': ['value'],
  'google.protobuf.Any': { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1.5s' },
  'google.protobuf.Empty': {},
  'google.protobuf.BoolValue': true,
  'google.protobuf.StringValue': 'text',
  'google.protobuf.BytesValue': 'Ynl0ZXM=',
  'google.protobuf.Int32Value': 1,
  'google.protobuf.UInt32Value': 1,
  'google.protobuf.Int64Value': '1',
  'google.protobuf.UInt64Value': '1',
  'google.protobuf.FloatValue': 1.5,
  'google.protobuf.DoubleValue': 1.5,
};
