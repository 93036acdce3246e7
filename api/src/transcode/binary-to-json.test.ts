import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { createBinaryToJson, Uncommon } from './binary-to-json.ts';
import { createMessageWriters } from './json-writer.ts';

const { registry, message } = loadKitchenSink();
const sink = message('Sink');
const direct = createBinaryToJson(registry)(sink);
const writer = createMessageWriters(registry, {})(sink);
const number = (name: string) => sink.fields.find((field) => field.name === name)?.number ?? 0;

function byLibrary(bytes: Uint8Array): JsonValue {
  return toJson(sink, fromBinary(sink, bytes), { registry });
}

describe('binary to ProtoJSON', () => {
  it.each<JsonValue>([
    {},
    {
      text: 'é🙂',
      boolValue: true,
      int32Value: -1,
      uint32Value: 4294967295,
      sint32Value: -5,
      fixed32Value: 5,
      sfixed32Value: -5,
    },
    { int64Value: '-9223372036854775808', uint64Value: '18446744073709551615', sint64Value: '-5' },
    { fixed64Value: '18446744073709551615', sfixed64Value: '-5' },
    { floatValue: 1.5, doubleValue: -1e300 },
    { floatValue: 'NaN', doubleValue: '-Infinity' },
    { bytesValue: '_-8', colour: 'COLOUR_GREEN' },
    { colour: 77, colours: [0, 'COLOUR_RED', 77, -1] },
    { child: { name: 'a', child: { child: { age: 3 } }, tags: ['x', 'y'] }, children: [{}, { name: 'z' }] },
    { optionalText: '', optionalInt32: 0 },
    {
      texts: ['a', ''],
      int32s: [1, 0, -1],
      int64s: ['1', '0'],
      doubles: ['NaN', 0, 1.5],
      bools: [true, false],
    },
    { labels: { a: 'b', '': 'x' }, numbers: { '5': '6', '18446744073709551615': '-1' } },
    { childrenByNumber: { '-1': { name: 'n' }, '2': {} }, coloursByFlag: { true: 'COLOUR_RED', false: 77 } },
    { choiceText: '' },
    { choiceNumber: 0 },
    { choiceChild: {} },
    { choiceNull: null },
    { time: '2030-01-31T12:34:56.789Z', times: ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'] },
    { time: '1969-12-31T23:59:59.500Z', times: ['1970-01-01T00:00:00Z', '2024-02-29T00:00:00.000001Z'] },
    { duration: '1.500s' },
    { duration: '-0.000000001s' },
    { duration: '-315576000000s' },
    { duration: '0s' },
    {
      mask: 'text,child.bigNumber',
      struct: { a: [1, null, { b: 'c' }] },
      value: null,
      list: [1],
      values: [null, 1, {}],
    },
    { any: { '@type': 'type.googleapis.com/test.sink.v1.Child', name: 'n' }, empty: {} },
    { any: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1s' } },
    { wrappedInt64: '0', wrappedText: '', wrappedBool: false },
    { otherName: 'x' },
  ])('agrees with the protobuf library on %j', (json) => {
    const bytes = toBinary(sink, fromJson(sink, json, { registry }));
    expect(direct?.(bytes)).toEqual(byLibrary(bytes));
  });

  it.each<[what: string, write: (writer: BinaryWriter) => void]>([
    [
      'unknown fields',
      (w) => w.tag(2000, WireType.LengthDelimited).string('x').tag(2001, WireType.Bit64).fixed64(1),
    ],
    [
      'an unknown group',
      (w) => w.tag(2000, WireType.StartGroup).tag(1, WireType.Varint).int32(1).tag(2000, WireType.EndGroup),
    ],
    ['a default on the wire', (w) => w.tag(number('text'), 2).string('').tag(number('colour'), 0).int32(0)],
    [
      'a value, then its default',
      (w) => w.tag(number('text'), 2).string('x').tag(number('text'), 2).string(''),
    ],
    [
      'the last of two scalars',
      (w) => w.tag(number('int32_value'), 0).int32(1).tag(number('int32_value'), 0).int32(2),
    ],
    ['negative zero', (w) => w.tag(number('double_value'), 1).double(-0)],
    ['an unpacked list', (w) => w.tag(number('int32s'), 0).int32(1).tag(number('int32s'), 0).int32(2)],
    [
      'a list in two packed parts',
      (w) =>
        w.tag(number('int32s'), 2).fork().int32(1).join().tag(number('int32s'), 2).fork().int32(2).join(),
    ],
    ['an empty packed list', (w) => w.tag(number('int32s'), 2).fork().join()],
    [
      'the last field of a oneof',
      (w) => w.tag(number('choice_text'), 2).string('x').tag(number('choice_number'), 0).int32(0),
    ],
    [
      'a message of a oneof after a scalar',
      (w) => w.tag(number('choice_text'), 2).string('x').tag(number('choice_child'), 2).fork().join(),
    ],
    [
      'the last of two map entries',
      (w) => {
        for (const value of ['a', 'b'])
          w.tag(number('labels'), 2).fork().tag(1, 2).string('k').tag(2, 2).string(value).join();
      },
    ],
  ])('agrees on %s', (_, write) => {
    const w = new BinaryWriter();
    write(w);
    const bytes = w.finish();
    expect(direct?.(bytes)).toEqual(byLibrary(bytes));
  });

  it.each<[what: string, write: (writer: BinaryWriter) => void]>([
    [
      'a message in two pieces',
      (w) => {
        w.tag(number('child'), 2).fork().tag(1, 2).string('n').join();
        w.tag(number('child'), 2).fork().tag(2, 0).int32(7).join();
      },
    ],
    [
      'a timestamp in two pieces',
      (w) => {
        w.tag(number('time'), 2).fork().tag(1, 0).int64(5).join();
        w.tag(number('time'), 2).fork().tag(2, 0).int32(7).join();
      },
    ],
    ['a timestamp with a field of its own', (w) => w.tag(number('time'), 2).fork().tag(9, 0).int64(5).join()],
    ['a map entry without a key', (w) => w.tag(number('labels'), 2).fork().tag(2, 2).string('v').join()],
    ['a map entry without a value', (w) => w.tag(number('labels'), 2).fork().tag(1, 2).string('k').join()],
    [
      'a map entry in another order',
      (w) => w.tag(number('labels'), 2).fork().tag(2, 2).string('v').tag(1, 2).string('k').join(),
    ],
    [
      'a map key that is no ordinary property',
      (w) => w.tag(number('labels'), 2).fork().tag(1, 2).string('__proto__').tag(2, 2).string('v').join(),
    ],
  ])('leaves %s to the library', (_, write) => {
    const w = new BinaryWriter();
    write(w);
    const bytes = w.finish();
    expect(() => direct?.(bytes)).toThrow(Uncommon);
    expect(writer.write(bytes)).toEqual(byLibrary(bytes));
  });

  it.each<[what: string, bytes: number[]]>([
    ['a string that is cut off', [0x0a, 0x05, 0x61]],
    ['a message that is cut off', [0x8a, 0x01, 0x05, 0x0a]],
    ['a field beyond the end of its message', [0x8a, 0x01, 0x02, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61]],
    ['a tag of nothing', [0x00]],
    ['a wire type that there is not', [0x0f]],
    ['bytes that are not UTF-8', [0x0a, 0x01, 0xff]],
    ['another wire type than the field has', [0x0d, 0x01, 0x02, 0x03]],
    [
      'a time beyond its range',
      [0x92, 0x03, 0x0a, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ],
  ])('fails on %s', (_, bytes) => {
    expect(() => writer.write(Uint8Array.from(bytes))).toThrow();
  });

  it('survives any bytes', () => {
    // A fixed sequence (linear congruential), so that a failure can be repeated.
    let seed = 7;
    const next = (): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed;
    };
    const valid = toBinary(
      sink,
      fromJson(sink, {
        text: 'x',
        child: { name: 'y', tags: ['z'] },
        int32s: [1, 2, 300],
        labels: { a: 'b' },
      }),
    );
    let compared = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(valid);
      for (let changes = 0; changes < 1 + (round % 3); changes++) bytes[next() % bytes.length] = next() % 256;
      const outcome = (run: () => JsonValue): JsonValue => {
        try {
          return run();
        } catch {
          return 'failed';
        }
      };
      const ours = outcome(() => writer.write(bytes));
      const theirs = outcome(() => byLibrary(bytes));
      // What we refuse and the library lets pass is a message cut inside one of its fields.
      const agree = ours === 'failed' || JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
      expect(agree, `round ${round}`).toBe(true);
      compared += ours === 'failed' ? 0 : 1;
    }
    expect(compared).toBeGreaterThan(500);
  });
});

/** Keys in order, because the wire's order of fields shows in ours. */
function sorted(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}
