import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';

/** Numbers that look random and repeat with the seed: whole ones, from 0, below `limit`. */
export type Below = (limit: number) => number;

/** Numbers of a linear congruential generator, from the seed on. */
export function seededBelow(seed: number): Below {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const texts = ['', 'a', 'tea', 'ä', '漢字', '👋', '\ufeffbom', '0'];
/** Texts that are no UTF-16, or that a decoder may take for such, or that are no plain key of an object. */
const oddTexts = ['\ud800', '\udc00x', 'a\ufffdb', '__proto__'];
const longTexts = ['x'.repeat(31), 'x'.repeat(33), 'ö'.repeat(70), 'x'.repeat(130), '漢'.repeat(6000)];
const int32s = [0, -0, 1, -1, 127, 128, 300, 16384, -300, 2 ** 31 - 1, -(2 ** 31)];
const uint32s = [0, 1, 127, 128, 2 ** 21, 2 ** 28, 2 ** 31, 2 ** 32 - 1];
const int64s = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  -(2n ** 40n),
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const uint64s = [0n, 1n, 300n, 2n ** 28n, 2n ** 35n, 2n ** 56n - 1n, 2n ** 56n, 2n ** 64n - 1n];
const floats = [0, -0, 1.5, -2.25, Number.NaN, Number.POSITIVE_INFINITY, 3.4e38];
const doubles = [...floats, 1e300, Number.MIN_VALUE];
/** What is no value of any field, or one that protobuf-es converts. */
const odd = ['12', 'word', 1e39, 2 ** 33, 1.5, 2n ** 70n, null, undefined, {}, [1], true, 5, 5n];

export interface RandomMessageOptions {
  /** Chance of a field to be set, in percent. */
  readonly fillPercent: number;
  /** Chance of a value to be none of its field, in percent. */
  readonly oddPercent: number;
}

/** A message with random fields. */
export function randomMessage(type: DescMessage, below: Below, options: RandomMessageOptions): Message {
  return randomAt(type, { below, options, depth: 0 });
}

interface Place {
  readonly below: Below;
  readonly options: RandomMessageOptions;
  readonly depth: number;
}

function randomAt(type: DescMessage, { below, options, depth }: Place): Message {
  const message = create(type);
  const values = message as unknown as Record<string, unknown>;
  const inner = { below, options, depth: depth + 1 };
  for (const field of type.fields) {
    if (below(100) >= options.fillPercent / (1 + depth)) continue;
    if (depth > 2 && field.message !== undefined) continue;
    const value = (): unknown => randomValue(field, inner);
    const several = (): unknown[] => Array.from({ length: below(4) }, value);
    if (field.fieldKind === 'list') values[field.localName] = several();
    else if (field.fieldKind === 'map')
      values[field.localName] = Object.fromEntries(
        several().map((each) => [String(scalarValue(field.mapKey, below)), each]),
      );
    else if (field.oneof === undefined) values[field.localName] = value();
    else values[field.oneof.localName] = { case: field.localName, value: value() };
  }
  return message;
}

function randomValue(field: DescField, place: Place): unknown {
  const { below, options } = place;
  if (below(100) < options.oddPercent) return pick(odd, below);
  if (field.message !== undefined) {
    if (field.message.typeName === 'google.protobuf.Struct') return { a: [1, 'b', null, true, { c: 2 }] };
    if (field.message.typeName === 'google.protobuf.Int32Value') return pick(int32s, below);
    return randomAt(field.message, place);
  }
  if (field.enum !== undefined)
    return field.enum.open ? pick([0, 1, -1, 77], below) : pick(field.enum.values, below).number;
  const value = scalarValue(field.scalar as ScalarType, below);
  return 'longAsString' in field && field.longAsString ? String(value) : value;
}

function scalarValue(scalar: ScalarType, below: Below): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return pick(below(50) === 0 ? oddTexts : below(10) === 0 ? longTexts : texts, below);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: below(4) === 0 ? 200 : below(4) }, () => below(256));
    case ScalarType.BOOL:
      return below(2) === 1;
    case ScalarType.FLOAT:
      return pick(floats, below);
    case ScalarType.DOUBLE:
      return pick(doubles, below);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return pick(int64s, below);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return pick(uint64s, below);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return pick(uint32s, below);
    default:
      return pick(int32s, below);
  }
}

export function pick<T>(from: readonly T[], below: Below): T {
  return from[below(from.length)] as T;
}
