import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { SeededRandom } from '../soak/seeded-random.ts';

const texts = [
  '',
  'tea',
  'coffee',
  'ada',
  'tok_visa',
  'EUR',
  'no-such',
  'ünï©ode 🫖',
  'a b/c%&+?#',
  '%41',
  '-',
  '0',
  'x'.repeat(120),
];
const numbers = [0, 1, -1, 2, 7, 100, 1_000, 2 ** 31 - 1, -(2 ** 31)];
/** Not -0, which JSON.stringify() of the clients makes 0. */
const floats = [0, 0.5, -1.25, 1e30, 3.4028234663852886e38, Number.NaN, Number.POSITIVE_INFINITY];
const longs = [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];

/** Messages whose JSON has a form of its own, by that form. */
const wellKnown: Readonly<Record<string, readonly JsonValue[]>> = {
  'google.protobuf.Timestamp': ['1970-01-01T00:00:00Z', '2026-11-23T05:06:07.089Z', '0001-01-01T00:00:00Z'],
  'google.protobuf.Duration': ['0s', '1.5s', '-3s', '315576000000s'],
  'google.protobuf.FieldMask': ['', 'text', 'child.name,int32Value'],
  'google.protobuf.Struct': [{}, { a: 1, b: [true, null, 'x'], c: { d: '' } }],
  'google.protobuf.Value': [null, 1.5, 'x', [], { a: {} }],
  'google.protobuf.ListValue': [[], [1, [2, null]]],
};

/** One of `choices`. */
function oneOf<T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}

/**
 * A message of any type, in its wire form always right; whether it keeps the rules of its contract is left to chance.
 *
 * @param fill how likely a field is set, from 0 to 1.
 */
export function randomMessage(random: SeededRandom, desc: DescMessage, fill: number): Message {
  const known = wellKnown[desc.typeName];
  if (known !== undefined) return fromJson(desc, oneOf(random, known));
  const message = create(desc);
  // What it holds must have a type that everybody knows.
  if (desc.typeName === 'google.protobuf.Any') return message;
  const target = reflect(desc, message);
  for (const field of desc.fields) {
    if (random.chance(fill)) setField(random, { target, field, fill: fill / 2 });
  }
  return message;
}

function setField(
  random: SeededRandom,
  { target, field, fill }: { target: ReflectMessage; field: DescField; fill: number },
): void {
  const message = (desc: DescMessage): ReflectMessage => reflect(desc, randomMessage(random, desc, fill));
  switch (field.fieldKind) {
    case 'scalar':
      target.set(field, scalar(random, field.scalar));
      return;
    case 'enum':
      target.set(field, oneOf(random, field.enum.values).number);
      return;
    case 'message':
      target.set(field, message(field.message));
      return;
    case 'list': {
      const list = target.get(field);
      for (let left = random.below(4); left > 0; left--) {
        if (field.listKind === 'scalar') list.add(scalar(random, field.scalar));
        else if (field.listKind === 'enum') list.add(oneOf(random, field.enum.values).number);
        else list.add(message(field.message));
      }
      return;
    }
    case 'map': {
      const map = target.get(field);
      const key = scalar(random, field.mapKey) as string | number | bigint | boolean;
      if (field.mapKind === 'scalar') map.set(key, scalar(random, field.scalar));
      else if (field.mapKind === 'enum') map.set(key, oneOf(random, field.enum.values).number);
      else map.set(key, message(field.message));
    }
  }
}

function scalar(random: SeededRandom, type: ScalarType): string | number | bigint | boolean | Uint8Array {
  switch (type) {
    case ScalarType.STRING:
      return oneOf(random, texts);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: random.below(8) }, () => random.below(256));
    case ScalarType.BOOL:
      return random.chance(0.5);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return oneOf(random, floats);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return Math.abs(oneOf(random, numbers));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return BigInt.asUintN(64, oneOf(random, longs));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return oneOf(random, longs);
    default:
      return oneOf(random, numbers);
  }
}
