import { create, createFileRegistry, type DescService, fromJson, toBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { implement } from '@busline/bus';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBus, type TestBus } from '../testing/start-bus.ts';

const file = create(FileDescriptorProtoSchema, {
  name: 'logins/v1/logins.proto',
  package: 'logins.v1',
  syntax: 'proto3',
  messageType: [
    {
      name: 'Login',
      field: [
        { name: 'user', jsonName: 'user', number: 1, type: Type.STRING, label: Label.OPTIONAL },
        {
          name: 'token',
          jsonName: 'token',
          number: 2,
          type: Type.STRING,
          label: Label.OPTIONAL,
          options: { debugRedact: true },
        },
      ],
    },
  ],
  service: [
    {
      name: 'LoginService',
      method: [
        { name: 'LogIn', inputType: '.logins.v1.Login', outputType: '.logins.v1.Login' },
        { name: 'Refuse', inputType: '.logins.v1.Login', outputType: '.logins.v1.Login' },
      ],
    },
  ],
});
const types = createFileRegistry(file, () => undefined);
const LoginService = types.getService('logins.v1.LoginService') as DescService;
const login = types.getMessage('logins.v1.Login') ?? expect.fail('no Login');
const ada = fromJson(login, { user: 'ada', token: 'tok_of_ada' });

function refuse(): never {
  const error = new ConnectError('not now', Code.FailedPrecondition);
  error.details.push({ type: login.typeName, value: toBinary(login, ada) });
  throw error;
}

let test: TestBus;
beforeAll(async () => {
  test = await startBus();
  const bus = await test.connect();
  const services = [
    // The contract is not known to the compiler.
    implement(LoginService, { logIn: () => ada, refuse } as object),
  ];
  await bus.serve({ name: 'logins', version: '1.0.0', services });
});
afterAll(() => test.stop());

it('prints a reply without what its contract marks, and says so', async () => {
  const { code, stdout, stderr } = await test.run(['call', 'LogIn']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ user: 'ada' });
  expect(stderr).toContain('--unredacted prints it');
});

it('prints all of it when asked to', async () => {
  const { stdout, stderr } = await test.run(['call', 'LogIn', '--unredacted']);
  expect(JSON.parse(stdout)).toEqual({ user: 'ada', token: 'tok_of_ada' });
  expect(stderr).toBe('');
});

it('tells the details of an error without it', async () => {
  const { code, stderr } = await test.run(['call', 'Refuse', '--json']);
  expect(code).toBe(5);
  expect(JSON.parse(stderr).error.details).toContainEqual({
    '@type': 'logins.v1.Login',
    user: 'ada',
  });
});
