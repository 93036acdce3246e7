import { createHash } from 'node:crypto';
import { createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { OrderService } from '@busline/schemas/orders/v1/orders';
import { describe, expect, it } from 'vitest';
import { schemaDigest, serviceSchema } from './schema-digest.ts';

/** The service as somebody sees it who has only its serialized schema. */
function rebuilt(service: DescService): DescService {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, serviceSchema(service).bytes));
  return registry.getService(service.typeName) as DescService;
}

describe('serviceSchema()', () => {
  it.each([GreetService, OrderService])(
    'of $typeName holds all it takes to build the service again',
    (service) => {
      const copy = rebuilt(service);
      expect(copy.methods.map(({ name }) => name)).toEqual(service.methods.map(({ name }) => name));
      expect(copy.methods[0]?.input.typeName).toBe(service.methods[0]?.input.typeName);
    },
  );

  it.each([GreetService, OrderService])(
    'of the contract of $typeName is the same, wherever it is built',
    (service) => {
      const schema = serviceSchema(service);
      expect(serviceSchema(service)).toEqual(schema);
      expect(serviceSchema(rebuilt(service)).digest).toBe(schema.digest);
    },
  );

  it('holds the comments of the contract', () => {
    const comments = rebuilt(OrderService).file.proto.sourceCodeInfo?.location ?? [];
    expect(comments.map(({ leadingComments }) => leadingComments)).toContainEqual(
      expect.stringContaining('Returns one order.'),
    );
  });

  it('has each file once, imports before importers', () => {
    const { file } = fromBinary(FileDescriptorSetSchema, serviceSchema(OrderService).bytes);
    const names = file.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.at(-1)).toBe('orders/v1/orders.proto');
    const early = file.filter(({ dependency }, index) =>
      dependency.some((name) => !names.slice(0, index).includes(name)),
    );
    expect(early).toEqual([]);
  });

  it('differs where the contract differs', () => {
    expect(serviceSchema(GreetService).digest).not.toBe(serviceSchema(OrderService).digest);
  });
});

describe('schemaDigest()', () => {
  it('names the bytes by their SHA-256', () => {
    const bytes = Buffer.from('abc');
    expect(schemaDigest(bytes)).toBe(`sha256-${createHash('sha256').update('abc').digest('hex')}`);
    expect(schemaDigest(bytes)).toMatch(/^sha256-ba7816bf[0-9a-f]{56}$/);
  });
});
