import { create, createFileRegistry, type DescMessage, fromJson, toJson } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { expect, it } from 'vitest';
import { redact } from './redact.ts';

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

it('takes out what is marked, wherever it stands, and what is not known', () => {
  const one = { name: 'a', phone: '1' };
  const message = fromJson(person, { ...one, boss: one, team: [one, one], rooms: { x: one } });
  message.$unknown = [{ no: 9, wireType: 0, data: new Uint8Array([1]) }];
  redact(person, message);
  const left = { name: 'a' };
  expect(toJson(person, message)).toEqual({ ...left, boss: left, team: [left, left], rooms: { x: left } });
  expect(message.$unknown).toEqual([]);
});
