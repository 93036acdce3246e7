import { create, toBinary } from '@bufbuild/protobuf';
import { GreetService, SayHelloRequestSchema, SayHelloResponseSchema } from '@busline/schemas/greet/v1/greet';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { faultReason } from '../../errors/fault.ts';
import { methodCodec } from './method-codec.ts';

const codec = methodCodec(GreetService.method.sayHello);

function failureOf(work: () => unknown): ConnectError {
  try {
    work();
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error('it succeeded');
}

describe('methodCodec()', () => {
  it('decodes a request that keeps its rules', () => {
    const request = create(SayHelloRequestSchema, { name: 'Ada' });
    expect(codec.decode(toBinary(SayHelloRequestSchema, request))).toEqual(request);
  });

  it('refuses bytes that are no request, and requests that break a rule', () => {
    const malformed = failureOf(() => codec.decode(Uint8Array.of(0x0a, 0x7f)));
    expect([malformed.code, faultReason(malformed)]).toEqual([Code.InvalidArgument, 'MALFORMED_REQUEST']);
    const invalid = failureOf(() => codec.decode(new Uint8Array(0)));
    expect([invalid.code, faultReason(invalid)]).toEqual([Code.InvalidArgument, 'INVALID_MESSAGE']);
  });

  it('encodes a message and what makes one alike', () => {
    const message = create(SayHelloResponseSchema, { greeting: 'Hello' });
    expect(codec.encode({ greeting: 'Hello' })).toEqual(codec.encode(message));
  });

  it('encodes into a place of the caller’s as it encodes otherwise', () => {
    const target = { bytes: Buffer.alloc(64), reserve: () => 7 };
    const size = codec.encodeInto(target, { greeting: 'Hello' });
    expect(target.bytes.subarray(7, 7 + size)).toEqual(codec.encode({ greeting: 'Hello' }));
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'Hello'],
    ['a message of another type', create(SayHelloRequestSchema, { name: 'Ada' })],
  ])('does not take %s for a response', (_, response) => {
    const target = { bytes: Buffer.alloc(64), reserve: () => 0 };
    const errors = [
      failureOf(() => codec.encode(response)),
      failureOf(() => codec.encodeInto(target, response)),
    ];
    for (const error of errors)
      expect([error.code, faultReason(error)]).toEqual([Code.Internal, 'BAD_RESPONSE']);
  });
});
