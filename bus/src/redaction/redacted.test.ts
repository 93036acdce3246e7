import {
  create,
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromJson,
  type JsonObject,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import {
  type Any,
  AnySchema,
  anyPack,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { redacted, unredacted } from './redacted.ts';

const file = create(FileDescriptorProtoSchema, {
  name: 'test/redact.proto',
  package: 'test',
  syntax: 'proto3',
  messageType: [
    {
      name: 'Person',
      field: [
        { name: 'name', jsonName: 'name', number: 1, type: Type.STRING, label: Label.OPTIONAL },
        {
          name: 'phone',
          jsonName: 'phone',
          number: 2,
          type: Type.STRING,
          label: Label.OPTIONAL,
          options: { debugRedact: true },
        },
        {
          name: 'boss',
          jsonName: 'boss',
          number: 3,
          type: Type.MESSAGE,
          typeName: '.test.Person',
          label: Label.OPTIONAL,
        },
        {
          name: 'team',
          jsonName: 'team',
          number: 4,
          type: Type.MESSAGE,
          typeName: '.test.Person',
          label: Label.REPEATED,
        },
        {
          name: 'rooms',
          jsonName: 'rooms',
          number: 5,
          type: Type.MESSAGE,
          typeName: '.test.Person.RoomsEntry',
          label: Label.REPEATED,
        },
      ],
      nestedType: [
        {
          name: 'RoomsEntry',
          options: { mapEntry: true },
          field: [
            { name: 'key', jsonName: 'key', number: 1, type: Type.STRING, label: Label.OPTIONAL },
            {
              name: 'value',
              jsonName: 'value',
              number: 2,
              type: Type.MESSAGE,
              typeName: '.test.Person',
              label: Label.OPTIONAL,
            },
          ],
        },
      ],
    },
  ],
});
const person = createFileRegistry(file, () => undefined).getMessage('test.Person') as DescMessage;

const one = { name: 'a', phone: '1' };
const whole: JsonObject = { ...one, boss: one, team: [one, one], rooms: { x: one } };

describe('redacted()', () => {
  it('takes out what is marked, wherever it stands, and what is not known', () => {
    const message = fromJson(person, whole);
    message.$unknown = [{ no: 9, wireType: 0, data: new Uint8Array([1]) }];
    const shown = redacted(person, message);
    const left = { name: 'a' };
    expect(toJson(person, shown)).toEqual({ ...left, boss: left, team: [left, left], rooms: { x: left } });
    expect(shown.$unknown ?? []).toEqual([]);
    expect(toJson(person, message)).toEqual(whole);
    expect(message.$unknown).toHaveLength(1);
  });
});

/** As a message of the file might hold it. */
const packed = (value: JsonObject, type = 'test.Person'): Any =>
  create(AnySchema, {
    typeUrl: `type.googleapis.com/${type}`,
    value: toBinary(person, fromJson(person, value)),
  });
const types = createRegistry(person, AnySchema);
const nested = (times: number): Any => {
  let any = packed({ name: 'Ada Lovelace', phone: '555-0199' });
  for (let i = 1; i < times; i++) any = anyPack(AnySchema, any);
  return any;
};

describe('redacted(), of what is packed', () => {
  it('looks into what the registry has, and leaves out what it has not', () => {
    expect(toJson(AnySchema, redacted(AnySchema, packed(whole), types), { registry: types })).toEqual({
      '@type': 'type.googleapis.com/test.Person',
      name: 'a',
      boss: { name: 'a' },
      team: [{ name: 'a' }, { name: 'a' }],
      rooms: { x: { name: 'a' } },
    });
    for (const any of [packed(one, 'test.Other'), { ...packed(one), value: new Uint8Array([255]) }])
      expect(redacted(AnySchema, any, types)).toMatchObject({
        typeUrl: any.typeUrl,
        value: new Uint8Array(),
      });
    expect(redacted(AnySchema, packed(one)).value).toEqual(new Uint8Array());
  });

  it.each([1, 16, 1_000])('shows no secret %d levels deep', (times) => {
    const shown = redacted(AnySchema, nested(times), types);
    expect(Buffer.from(shown.value).includes('555-0199')).toBe(false);
    expect(Buffer.from(shown.value).includes('Ada Lovelace')).toBe(times <= 16);
  });

  it('is put together again after an edit', () => {
    const edit = (any: Any) => unredacted(AnySchema, any, packed(one), types);
    expect(edit(packed({ name: 'b' }))).toEqual(packed({ name: 'b', phone: '1' }));
    const other = packed(one, 'test.Other');
    expect(unredacted(AnySchema, redacted(AnySchema, other, types), other, types)).toEqual(other);
    expect(edit(other)).toEqual(other);
  });
});

describe('unredacted()', () => {
  const original = fromJson(person, whole);
  const edit = (edited: JsonObject) => toJson(person, unredacted(person, fromJson(person, edited), original));

  it('gives back what was left out, whatever else was changed', () => {
    const b = { name: 'b' };
    expect(edit({ ...b, boss: b, team: [b, b], rooms: { x: b } })).toEqual({
      name: 'b',
      phone: '1',
      boss: { name: 'b', phone: '1' },
      team: [
        { name: 'b', phone: '1' },
        { name: 'b', phone: '1' },
      ],
      rooms: { x: { name: 'b', phone: '1' } },
    });
  });

  it('leaves what was given anew, and what was taken away or added around it', () => {
    expect(edit({ phone: '2', team: [{}, {}, { name: 'c' }], rooms: { y: { name: 'd' } } })).toEqual({
      phone: '2',
      team: [{ phone: '1' }, { phone: '1' }, { name: 'c' }],
      rooms: { y: { name: 'd' } },
    });
  });
});
