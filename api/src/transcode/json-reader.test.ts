import { create, type DescMessage, fromBinary, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../../testing/build-registry.ts';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { FieldViolation, formatPath } from './field-violation.ts';
import { createJsonCodec } from './json-codec.ts';
import { createMessageReaders } from './json-reader.ts';
import { parseJson } from './json-text.ts';

const { registry, message } = loadKitchenSink();
const sink = message('Sink');
const readerOf = createMessageReaders(registry);

function read(text: string) {
  const writer = new BinaryWriter();
  readerOf(sink).read(parseJson(Buffer.from(text)), writer, 0);
  return fromBinary(sink, writer.finish());
}

function faultOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof FieldViolation)) throw error;
    return error.path.length === 0 ? error.description : `${formatPath(error.path)}: ${error.description}`;
  }
  return 'accepted';
}

describe('reading ProtoJSON', () => {
  // The library reads the same text into a message; both must mean the same.
  it.each([
    '{}',
    '{"text":"Grüße 🙂 \\u0000 \\ud83d\\ude42","boolValue":true}',
    '{"bool_value":false,"int32_value":7}',
    '{"int32Value":-2147483648,"uint32Value":4294967295,"sint32Value":-5,"fixed32Value":5,"sfixed32Value":-5}',
    '{"int64Value":"-9223372036854775808","uint64Value":"18446744073709551615","sint64Value":"-5"}',
    '{"fixed64Value":"18446744073709551615","sfixed64Value":"-9223372036854775808"}',
    '{"int64Value":5,"uint64Value":5,"sint64Value":-5,"fixed64Value":5,"sfixed64Value":-5}',
    '{"int32Value":"12","uint32Value":1e3,"int32s":["1",2,3.0]}',
    '{"floatValue":1.5,"doubleValue":-1e300,"doubles":["NaN","Infinity","-Infinity","1.5",0,-0.0]}',
    '{"floatValue":"1e5","doubleValue":0}',
    '{"bytesValue":"aGVsbG8="}',
    '{"bytesValue":"_-8"}',
    '{"bytesValue":""}',
    '{"colour":"COLOUR_GREEN","colours":["COLOUR_RED",2,-1,77]}',
    '{"child":{"name":"a","child":{"child":{"age":3}},"tags":["x","y"]}}',
    '{"optionalText":"","optionalInt32":0}',
    '{"text":null,"child":null,"texts":null,"labels":null,"colour":null,"time":null}',
    '{"texts":[],"int32s":[],"children":[],"labels":{}}',
    '{"texts":["a","b"],"int64s":["1",2],"children":[{},{"name":"x"}],"bools":[true,false]}',
    '{"labels":{"a":"b","":"empty","__proto__":"x"},"childrenByNumber":{"-1":{"name":"a"},"0":{}}}',
    '{"coloursByFlag":{"true":"COLOUR_RED","false":2},"numbers":{"18446744073709551615":"-1"}}',
    '{"choiceText":"a"}',
    '{"choiceNumber":0}',
    '{"choiceNumber":null,"choiceText":"b"}',
    '{"choiceChild":{}}',
    '{"choiceNull":null}',
    '{"choiceNull":"NULL_VALUE"}',
    '{"time":"2030-01-31T12:34:56.789Z"}',
    '{"time":"0001-01-01T00:00:00Z","times":["9999-12-31T23:59:59.999999999Z","2024-02-29T00:00:00+02:00"]}',
    '{"time":"1969-12-31T23:59:59.5Z"}',
    '{"duration":"1.5s"}',
    '{"duration":"-0.000000001s"}',
    '{"duration":"-315576000000s"}',
    '{"duration":"0s"}',
    '{"mask":"text,childrenByNumber.name"}',
    '{"mask":""}',
    '{"struct":{"a":1,"b":[true,null,"x",{"c":{}}]},"list":[1,[2,[3]]]}',
    '{"value":null,"values":[null,1,"a",[],{}]}',
    '{"value":{"kind":"object"}}',
    '{"any":{"@type":"type.googleapis.com/test.sink.v1.Child","name":"a","age":3}}',
    '{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"2s"}}',
    '{"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/test.sink.v1.Child"}}}',
    '{"any":{}}',
    '{"empty":{}}',
    '{"wrappedInt64":"5","wrappedText":"","wrappedBool":false}',
    '{"wrappedInt64":null}',
    '{"otherName":"x"}',
    '{"renamed":"x"}',
  ])('agrees with the protobuf library on %s', (text) => {
    const expected = fromJson(sink, JSON.parse(text) as JsonValue, { registry });
    const options = { registry, alwaysEmitImplicit: true };
    expect(toJson(sink, read(text), options)).toEqual(toJson(sink, expected, options));
  });

  it.each([
    ['{"int64Value":9007199254740993}', { int64Value: 9007199254740993n }],
    ['{"uint64Value":18446744073709551615}', { uint64Value: 18446744073709551615n }],
    ['{"int64s":[-9223372036854775808]}', { int64s: [-9223372036854775808n] }],
    ['{"doubleValue":9007199254740993}', { doubleValue: 9007199254740992 }],
    ['{"int64Value":"1.0e3"}', { int64Value: 1000n }],
  ])('loses no digit of %s', (text, expected) => {
    expect(read(text)).toEqual(create(sink, expected));
  });

  it.each([
    ['[]', 'expected an object, got an array'],
    ['"x"', 'expected an object, got a string'],
    ['null', 'expected an object, got null'],
    ['{"nme":"x"}', 'nme: there is no such field'],
    [`{"${'x'.repeat(100)}":1}`, `${'x'.repeat(64)}…: there is no such field`],
    ['{"child":{"child":{"nme":1}}}', 'child.child.nme: there is no such field'],
    [
      '{"children":[{},{"age":"x"}]}',
      'children[1].age: expected a 32-bit integer, got a string that is none',
    ],
    [
      '{"childrenByNumber":{"7":{"age":1.5}}}',
      'childrenByNumber["7"].age: expected a 32-bit integer, got a fraction',
    ],
    ['{"text":1}', 'text: expected a string, got a number'],
    ['{"text":9007199254740993}', 'text: expected a string, got a number'],
    ['{"text":{}}', 'text: expected a string, got an object'],
    ['{"text":"\\ud800"}', 'text: holds half of a surrogate pair, which no UTF-8 can express'],
    [
      '{"labels":{"\\udfff":"x"}}',
      'labels["\ufffd"]: holds half of a surrogate pair, which no UTF-8 can express',
    ],
    ['{"boolValue":"true"}', 'boolValue: expected true or false, got a string that is none'],
    ['{"boolValue":1}', 'boolValue: expected true or false, got a number'],
    ['{"int32Value":2147483648}', 'int32Value: out of range for a 32-bit integer'],
    ['{"int32Value":9007199254740993}', 'int32Value: out of range for a 32-bit integer'],
    ['{"int32Value":""}', 'int32Value: expected a 32-bit integer, got a string that is none'],
    ['{"int32Value":" 1"}', 'int32Value: expected a 32-bit integer, got a string that is none'],
    ['{"int32Value":"0x10"}', 'int32Value: expected a 32-bit integer, got a string that is none'],
    ['{"int32Value":true}', 'int32Value: expected a 32-bit integer, got a boolean'],
    ['{"uint32Value":-1}', 'uint32Value: out of range for an unsigned 32-bit integer'],
    ['{"int64Value":"9223372036854775808"}', 'int64Value: out of range for a 64-bit integer'],
    [
      '{"int64Value":1e18}',
      'int64Value: a 64-bit integer beyond 2^53 must be given digit by digit, best as a string',
    ],
    ['{"int64Value":1.5}', 'int64Value: expected a 64-bit integer, got a fraction'],
    [`{"int64Value":"${'9'.repeat(100_000)}"}`, 'int64Value: out of range for a 64-bit integer'],
    ['{"uint64Value":"-1"}', 'uint64Value: out of range for an unsigned 64-bit integer'],
    ['{"doubleValue":1e400}', 'doubleValue: out of range for a double'],
    ['{"doubleValue":"1e400"}', 'doubleValue: out of range for a double'],
    ['{"doubleValue":"nan"}', 'doubleValue: expected a number, got a string that is none'],
    ['{"floatValue":1e39}', 'floatValue: out of range for a float'],
    ['{"bytesValue":"*"}', 'bytesValue: not base64 or base64url'],
    ['{"bytesValue":"abcde"}', 'bytesValue: not base64 or base64url'],
    [
      '{"colour":"COLOUR_BLUE"}',
      'colour: expected one of COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_GREEN, COLOUR_NEGATIVE, got another name',
    ],
    ['{"texts":"x"}', 'texts: expected an array, got a string'],
    ['{"texts":["a",null]}', 'texts[1]: expected a string, got null'],
    ['{"children":[null]}', 'children[0]: expected an object, got null'],
    ['{"labels":[]}', 'labels: expected an object, got an array'],
    ['{"labels":{"a":null}}', 'labels["a"]: expected a string, got null'],
    ['{"numbers":{"01":1}}', 'numbers["01"]: expected an integer as the key'],
    ['{"coloursByFlag":{"yes":1}}', 'coloursByFlag["yes"]: expected "true" or "false" as the key'],
    [
      '{"choiceText":"a","choiceNumber":1}',
      'choiceNumber: only one field of "choice" may be given, and "choiceText" is given too',
    ],
    ['{"boolValue":true,"bool_value":true}', 'bool_value: given twice, as "boolValue" and as "bool_value"'],
    ['{"time":"2030-02-30T00:00:00Z"}', 'time: not a date of the calendar'],
    ['{"time":"2023-02-29T00:00:00Z"}', 'time: not a date of the calendar'],
    [
      '{"time":"2030-01-31"}',
      'time: expected an RFC 3339 time such as "2030-01-31T12:00:00Z", got another string',
    ],
    [
      '{"time":"2030-01-31T24:00:00Z"}',
      'time: expected an RFC 3339 time such as "2030-01-31T12:00:00Z", got another string',
    ],
    ['{"time":"0000-12-31T23:59:59Z"}', 'time: outside the years 0001 to 9999'],
    ['{"time":5}', 'time: expected an RFC 3339 time such as "2030-01-31T12:00:00Z", got a number'],
    [
      '{"duration":"1s later"}',
      'duration: expected a duration in seconds such as "1.5s", got another string',
    ],
    [
      '{"duration":"1.0000000001s"}',
      'duration: expected a duration in seconds such as "1.5s", got another string',
    ],
    ['{"duration":"315576000001s"}', 'duration: longer than 10,000 years'],
    ['{"mask":"bool_value"}', 'mask: field mask path "bool_value" is not in lowerCamelCase'],
    ['{"mask":"a,,b"}', 'mask: field mask path "" is not in lowerCamelCase'],
    [
      '{"struct":{"a":[{"b":"\\ud800"}]}}',
      'struct.a[0].b: holds half of a surrogate pair, which no UTF-8 can express',
    ],
    [
      '{"any":{"name":"x"}}',
      'any.@type: expected a type URL such as "type.googleapis.com/google.protobuf.Duration"',
    ],
    ['{"any":{"@type":"type.googleapis.com/no.Such"}}', 'any.@type: names a type this service does not know'],
    ['{"any":{"@type":"x/test.sink.v1.Child","nme":1}}', 'any.nme: there is no such field'],
    ['{"any":{"@type":"x/google.protobuf.Duration"}}', 'any: expected "@type" and "value" only'],
    ['{"empty":{"a":1}}', 'empty.a: there is no such field'],
    ['{"wrappedInt64":{}}', 'wrappedInt64: expected a 64-bit integer, got an object'],
  ])('refuses %s', (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it.each([
    ['messages', '{"child":', '{}', '}'],
    ['lists in lists', '[', '', ']'],
    ['structs', '{"a":', '{}', '}'],
  ])('writes nothing deeper than protobuf reads: %s', (kind, open, inner, close) => {
    const field = kind === 'messages' ? 'child' : 'value';
    const nested = (levels: number) => `{"${field}":${open.repeat(levels)}${inner}${close.repeat(levels)}}`;
    const levels = Array.from({ length: 100 }, (_, i) => i);
    const deepest = levels.findLast((level) => faultOf(nested(level)) === 'accepted') ?? 0;
    expect(deepest).toBeGreaterThan(40);
    expect(faultOf(nested(deepest + 1))).toContain('nested deeper than 100 levels');
  });
});

describe('proto2', () => {
  const legacy = buildRegistry({
    'test/legacy.proto': `
      syntax = "proto2";
      package test;
      message Legacy {
        optional int32 number = 1 [default = 7];
        repeated int32 unpacked = 2;
        repeated int32 packed = 3 [packed = true];
        optional Closed closed = 4;
        repeated Closed list = 5;
        optional group Inner = 6 { optional string name = 1; }
        repeated group Many = 7 { optional string name = 1; }
        map<string, Closed> by_name = 8;
        enum Closed { ONE = 1; UNO = 1; TWO = 2; option allow_alias = true; }
      }`,
  });
  const desc = legacy.getMessage('test.Legacy') as DescMessage;
  const codec = createJsonCodec(legacy, {});

  it.each<JsonValue>([
    {},
    { number: 0, unpacked: [1, 2], packed: [3, 4] },
    { closed: 'ONE', list: ['TWO', 'ONE'], byName: { a: 'TWO' } },
    { inner: { name: 'x' }, many: [{ name: 'y' }, {}] },
  ])('agrees with the protobuf library on %j', (json) => {
    const bytes = codec.decode(desc, Buffer.from(JSON.stringify(json)));
    expect(fromBinary(desc, bytes)).toEqual(fromJson(desc, json));
    expect(JSON.parse(codec.encode(desc, bytes))).toEqual(json);
  });

  it('takes aliases, and no number that a closed enum does not have', () => {
    const bytes = codec.decode(desc, Buffer.from('{"closed":"UNO","list":[2]}'));
    expect(JSON.parse(codec.encode(desc, bytes))).toEqual({ closed: 'ONE', list: ['TWO'] });
    expect(() => codec.decode(desc, Buffer.from('{"closed":3}'))).toThrow('expected one of ONE, UNO, TWO');
  });
});
