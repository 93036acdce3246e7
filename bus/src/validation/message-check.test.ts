import { create, createFileRegistry, type DescMessage, type Message, setExtension } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  OneofOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { OneofRulesSchema, oneof } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { EchoRequestSchema } from '@busline/schemas/busline/bench/v1/bench';
import { BadRequestSchema } from '@busline/schemas/google/rpc/error_details';
import { SayHelloRequestSchema, SayHelloResponseSchema } from '@busline/schemas/greet/v1/greet';
import { PlaceOrderRequestSchema } from '@busline/schemas/orders/v1/orders';
import { Code, type ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { faultReason } from '../errors/fault.ts';
import { messageCheck } from './message-check.ts';

/** `message Choice { oneof kind { option (buf.validate.oneof).required = true; … } }` and messages around it. */
function oneofMessages(): Record<'Choice' | 'Wrapper' | 'Plain', DescMessage> {
  const options = create(OneofOptionsSchema);
  setExtension(options, oneof, create(OneofRulesSchema, { required: true }));
  const text = { type: FieldDescriptorProto_Type.STRING, label: FieldDescriptorProto_Label.OPTIONAL };
  const nested = { type: FieldDescriptorProto_Type.MESSAGE, label: FieldDescriptorProto_Label.OPTIONAL };
  const file = create(FileDescriptorProtoSchema, {
    name: 'choice.proto',
    package: 't',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Choice',
        field: [
          { ...text, name: 'a', number: 1, oneofIndex: 0 },
          { ...text, name: 'b', number: 2, oneofIndex: 0 },
        ],
        oneofDecl: [{ name: 'kind', options }],
      },
      {
        name: 'Wrapper',
        field: [
          { ...nested, name: 'next', number: 1, typeName: '.t.Wrapper' },
          { ...nested, name: 'choice', number: 2, typeName: '.t.Choice' },
        ],
      },
      { name: 'Plain', field: [{ ...nested, name: 'next', number: 1, typeName: '.t.Plain' }] },
    ],
  });
  const registry = createFileRegistry(file, () => undefined);
  const message = (name: string): DescMessage => registry.getMessage(`t.${name}`) as DescMessage;
  return { Choice: message('Choice'), Wrapper: message('Wrapper'), Plain: message('Plain') };
}

const { Choice, Wrapper, Plain } = oneofMessages();

/** What the check says of a message; the type has rules, so there is a check. */
function verdict(desc: DescMessage, message: Message): ConnectError | undefined {
  const check = messageCheck(desc);
  if (check === undefined) throw new Error(`${desc.typeName} has no rules`);
  return check(message);
}

const order = {
  customerId: 'ada',
  lines: [{ sku: 'tea', quantity: 2 }],
  paymentToken: 'tok_visa',
};

describe('messageCheck()', () => {
  it.each([
    ['a message without rules', SayHelloResponseSchema],
    ['a message of bytes', EchoRequestSchema],
    ['a message that holds itself', Plain],
  ])('costs nothing for %s', (_, desc) => {
    expect(messageCheck(desc)).toBeUndefined();
  });

  it.each([
    ['a rule of a field', SayHelloRequestSchema, create(SayHelloRequestSchema, { name: 'Ada' })],
    [
      'rules of field, message and nested message',
      PlaceOrderRequestSchema,
      create(PlaceOrderRequestSchema, order),
    ],
    ['a rule of a oneof', Choice, create(Choice, { kind: { case: 'a', value: 'x' } })],
    ['a rule below a message that holds itself', Wrapper, create(Wrapper)],
  ])('passes a message that keeps %s', (_, desc, message) => {
    expect(verdict(desc, message)).toBeUndefined();
  });

  const broken: [string, DescMessage, Message, string[]][] = [
    ['a field', SayHelloRequestSchema, create(SayHelloRequestSchema), ['name']],
    [
      'a nested message, by its place in the list',
      PlaceOrderRequestSchema,
      create(PlaceOrderRequestSchema, { ...order, lines: [...order.lines, { sku: 'mug', quantity: 0 }] }),
      ['lines[1].quantity'],
    ],
    [
      'several fields at once',
      PlaceOrderRequestSchema,
      create(PlaceOrderRequestSchema, { ...order, customerId: '', paymentToken: 'cash' }),
      ['customer_id', 'payment_token'],
    ],
    [
      'the message as a whole',
      PlaceOrderRequestSchema,
      create(PlaceOrderRequestSchema, { ...order, lines: [...order.lines, ...order.lines] }),
      [''],
    ],
    ['a oneof', Choice, create(Choice), ['kind']],
    [
      'a oneof two messages down',
      Wrapper,
      create(Wrapper, { next: create(Wrapper, { choice: create(Choice) }) }),
      ['next.choice.kind'],
    ],
  ];
  it.each(broken)('names what breaks a rule of %s', (_, desc, message, fields) => {
    const error = verdict(desc, message);
    expect(error?.code).toBe(Code.InvalidArgument);
    expect(faultReason(error)).toBe('INVALID_MESSAGE');
    const violations = error?.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
    expect(violations.map(({ field }) => field)).toEqual(fields);
    for (const { description } of violations) expect(error?.rawMessage).toContain(description);
  });

  it('says which rule it was', () => {
    const error = verdict(
      PlaceOrderRequestSchema,
      create(PlaceOrderRequestSchema, { ...order, lines: [...order.lines, ...order.lines] }),
    );
    expect(error?.rawMessage).toBe('lines must name each sku once');
    expect(error?.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.reason).toBe(
      'place_order.distinct_skus',
    );
  });
});
