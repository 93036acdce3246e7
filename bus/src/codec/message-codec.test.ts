import { create, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  AnySchema,
  anyPack,
  FieldMaskSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_descriptor,
  StructSchema,
  TimestampSchema,
  ValueSchema,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { dialects, everyField } from '../../test/every-field.ts';
import { type Below, pick, randomMessage, seededBelow } from '../../test/random-message.ts';
import { messageCodec } from './message-codec.ts';
import { isPlain } from './plain-message.ts';

/** What a function gave or threw, in a form that can be compared. */
function outcome<T>(work: () => T): { readonly gave: T } | { readonly threw: string } {
  try {
    return { gave: work() };
  } catch (error) {
    return { threw: String(error) };
  }
}

const plainBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

function expectSameBytes(type: DescMessage, message: Message): void {
  const expected = outcome(() => toBinary(type, message));
  expect(outcome(() => plainBytes(messageCodec(type).encode(message)))).toStrictEqual(expected);
}

function expectSameMessage(type: DescMessage, bytes: Uint8Array): void {
  const expected = outcome(() => fromBinary(type, bytes));
  expect(outcome(() => messageCodec(type).decode(bytes))).toStrictEqual(expected);
}

const types = dialects.flatMap((dialect) => {
  const { plain, odd, required } = everyField(dialect);
  return [
    { name: `${dialect} plain`, type: plain },
    { name: `${dialect} odd`, type: odd },
    { name: `${dialect} required`, type: required },
  ];
});
const plainTypes = types.filter(({ type }) => isPlain(type));

describe('messageCodec(), against protobuf-es', () => {
  it('has a codec of its own for plain types, of every syntax', () => {
    expect(plainTypes.map(({ name }) => name)).toEqual([
      'proto2 plain',
      'proto2 required',
      'proto3 plain',
      'proto3 required',
      'editions plain',
      'editions required',
    ]);
  });

  it.each(types)('writes and reads the same: $name', ({ type }) => {
    const below = seededBelow(1);
    for (let round = 0; round < 150; round++) {
      const message = randomMessage(type, below, { fillPercent: 5 + (round % 60), oddPercent: 0 });
      expectSameBytes(type, message);
      const bytes = outcome(() => toBinary(type, message));
      if ('gave' in bytes) expectSameMessage(type, bytes.gave);
    }
  });

  it.each(types)('refuses and converts the same values: $name', ({ type }) => {
    const below = seededBelow(2);
    for (let round = 0; round < 250; round++)
      expectSameBytes(type, randomMessage(type, below, { fillPercent: 4, oddPercent: 30 }));
  });

  it.each(types)('takes and refuses the same bytes: $name', ({ type }) => {
    const below = seededBelow(3);
    for (let round = 0; round < 300; round++) expectSameMessage(type, mutilated(type, below));
  });

  it.each([
    ['an Any', AnySchema, anyPack(TimestampSchema, create(TimestampSchema, { seconds: 5n, nanos: 7 }))],
    ['a Timestamp', TimestampSchema, create(TimestampSchema, { seconds: -5n, nanos: 7 })],
    ['a FieldMask', FieldMaskSchema, create(FieldMaskSchema, { paths: ['a', '', 'ä'] })],
    [
      'a Struct',
      StructSchema,
      create(StructSchema, { fields: { a: { kind: { case: 'nullValue', value: 0 } } } }),
    ],
    ['a Value', ValueSchema, create(ValueSchema, { kind: { case: 'structValue', value: { fields: {} } } })],
    ['a file of descriptors', FileDescriptorProtoSchema, file_google_protobuf_descriptor.proto],
  ] as const)('writes and reads %s the same', (_, type: DescMessage, message: Message) => {
    expectSameBytes(type, message);
    expectSameMessage(type, toBinary(type, message));
  });
});

/** A message that has been cut, changed, lengthened, or put behind another, or bytes that never were one. */
function mutilated(type: DescMessage, below: Below): Uint8Array {
  const encoded = (): Uint8Array => {
    const made = outcome(() => toBinary(type, randomMessage(type, below, { fillPercent: 3, oddPercent: 0 })));
    return 'gave' in made ? made.gave : Uint8Array.of(8, 1);
  };
  const bytes = encoded();
  const at = below(bytes.length + 1);
  const noise = Uint8Array.from({ length: 1 + below(4) }, () =>
    pick([0, 1, 0x7f, 0x80, 0xff, below(256)], below),
  );
  switch (below(6)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Uint8Array.from([...bytes.subarray(0, at), ...noise, ...bytes.subarray(at)]);
    case 2:
      return Uint8Array.from([...bytes.subarray(0, at), ...noise, ...bytes.subarray(at + noise.length)]);
    case 3:
      return Uint8Array.from([...bytes, ...encoded()]);
    case 4:
      return noise;
    default:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]);
  }
}

describe.each(dialects)('messageCodec() reads what no encoder writes as protobuf-es does: %s', (dialect) => {
  const { plain } = everyField(dialect);
  const tag = (name: string, wireType: WireType): Uint8Array => {
    const field = plain.fields.find((each) => each.name === name);
    if (field === undefined) throw new Error(`there is no field ${name}`);
    return new BinaryWriter().tag(field.number, wireType).finish();
  };
  const child = (...bytes: number[]): number[] => [bytes.length, ...bytes];

  it.each([
    ['an unknown number of an enum', tag('colour', WireType.Varint), [77]],
    ['a negative number of an enum', tag('colour', WireType.Varint), [...Array(9).fill(0xff), 1]],
    ['an unknown number in a choice', tag('chosen_colour', WireType.Varint), [77]],
    ['a packed list with an unknown number', tag('many_colour', WireType.LengthDelimited), [3, 0, 77, 1]],
    ['a packed list that ends within a number', tag('many_int32', WireType.LengthDelimited), [1, 0x80]],
    [
      'a map with an unknown number',
      tag('by_colour', WireType.LengthDelimited),
      child(0x0a, 1, 97, 0x10, 77),
    ],
    ['an entry without its key', tag('by_int32', WireType.LengthDelimited), child(0x10, 5)],
    ['an entry without its value', tag('by_int32', WireType.LengthDelimited), child(0x0a, 1, 97)],
    ['an entry with its value first', tag('by_int32', WireType.LengthDelimited), child(0x10, 5, 0x0a, 1, 97)],
    [
      'an entry with two values',
      tag('by_int32', WireType.LengthDelimited),
      child(0x0a, 1, 97, 0x10, 5, 0x10, 6),
    ],
    ['a text that is not UTF-8', tag('string', WireType.LengthDelimited), [2, 0xc3, 0x28]],
    ['a text that ends behind the message', tag('string', WireType.LengthDelimited), [3, 97, 97]],
    ['a flag of two bytes', tag('bool', WireType.Varint), [0x80, 0x01]],
    ['a number of ten bytes', tag('uint64', WireType.Varint), [...Array(9).fill(0xff), 0x7f]],
    ['a number of eleven bytes', tag('uint32', WireType.Varint), [...Array(10).fill(0xff), 1]],
    ['a 32-bit number of six bytes', tag('uint32', WireType.Varint), [0x81, 0x80, 0x80, 0x80, 0x90, 0x01]],
    ['another wire type', tag('int32', WireType.Bit32), [1, 2, 3, 4]],
    ['a group', tag('int32', WireType.StartGroup), [...tag('int32', WireType.EndGroup)]],
    ['a tag of six bytes', Uint8Array.of(0x98, 0x80, 0x80, 0x80, 0x80, 0x00), [1]],
    ['the field number 0', Uint8Array.of(0x00), [1]],
  ])('%s', (_, start, rest) => {
    const bytes = Uint8Array.from([...start, ...rest]);
    expectSameMessage(plain, bytes);
    // Within a message, and ending where the outer one goes on.
    const inner = Uint8Array.from([...tag('child', WireType.LengthDelimited), bytes.length, ...bytes]);
    expectSameMessage(plain, Uint8Array.from([...inner, ...tag('int32', WireType.Varint), 1, ...inner]));
  });

  it.each(['nested', 'chosen_nested', 'optional_nested', 'many_nested'])(
    'a message that comes twice: %s',
    (name) => {
      const once = (...bytes: number[]): number[] => [
        ...tag(name, WireType.LengthDelimited),
        ...child(...bytes),
      ];
      const text = [0x0a, 1, 97];
      const inner = [0x12, 3, ...text];
      expectSameMessage(plain, Uint8Array.from([...once(...text), ...once(...inner)]));
      expectSameMessage(plain, Uint8Array.from([...once(...inner), ...once(...inner, ...text)]));
    },
  );
});

describe('messageCodec(), beside the values', () => {
  const { plain, required } = everyField('proto2');

  it('keeps fields it does not know, inside messages too', () => {
    const other = messageCodec(plain).encode(create(plain, { child: { int32: 5 }, uint32: 7 } as never));
    expectSameMessage(required, other);
    const held = messageCodec(required).decode(other);
    expect(held.$unknown?.length).toBeGreaterThan(0);
    expectSameBytes(required, Object.assign(held, { first: 1, second: 'x' }));
  });

  it('names a required field that is missing, and a message of another type', () => {
    const codec = messageCodec(required);
    expect(() => codec.encode(create(required))).toThrow(/first.* required field not set/);
    expect(() => codec.encode(create(plain))).toThrow(/cannot use field .* with message test.proto2.Plain/);
  });

  it('names the field of a value out of range', () => {
    const message = create(required, { first: 2 ** 40, second: '' } as never);
    expect(() => messageCodec(required).encode(message)).toThrow(
      /test\.proto2\.Required\.first.*invalid int32/,
    );
  });

  it('refuses messages within messages beyond the limit of protobuf-es, and takes them up to it', () => {
    const deep = (levels: number): Uint8Array => {
      let bytes: Uint8Array = new Uint8Array(0);
      for (let level = 1; level < levels; level++)
        bytes = toBinary(
          plain,
          create(plain, { child: fromBinary(plain, bytes, { recursionLimit: 200 }) } as never),
        );
      return bytes;
    };
    expectSameMessage(plain, deep(100));
    expect(() => messageCodec(plain).decode(deep(101))).toThrow(/recursion depth of 100/);
  });

  it('gives nothing but the message where one changes under its hands', () => {
    const texts = ['long enough', 'x', 'x', 'x', 'x', 'x'];
    const message = Object.defineProperty(create(required, { first: 1 } as never), 'second', {
      get: () => texts.shift(),
    });
    expect(plainBytes(messageCodec(required).encode(message))).toEqual(
      toBinary(required, create(required, { first: 1, second: 'x' } as never)),
    );
  });

  it('gives views of the bytes it was given', () => {
    const bytes = messageCodec(plain).encode(create(plain, { bytes: Uint8Array.of(1, 2, 3) } as never));
    const { bytes: held } = messageCodec(plain).decode(bytes) as unknown as { bytes: Uint8Array };
    expect(held.buffer).toBe(bytes.buffer);
  });

  it('writes into a place of the caller’s, and nothing where the message cannot be encoded', () => {
    const message = create(required, { first: 300, second: 'tea' } as never);
    const target = {
      bytes: Buffer.alloc(64, 0xee),
      reserved: 0,
      reserve(size: number) {
        target.reserved = size;
        return 5;
      },
    };
    const size = messageCodec(required).encodeInto(target, message);
    expect(plainBytes(target.bytes.subarray(5, 5 + size))).toEqual(toBinary(required, message));
    expect([target.reserved, target.bytes[4], target.bytes[5 + size]]).toEqual([size, 0xee, 0xee]);
    target.reserved = 0;
    expect(() => messageCodec(required).encodeInto(target, create(required))).toThrow();
    expect(target.reserved).toBe(0);
  });
});
