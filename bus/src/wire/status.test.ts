import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { BadRequestSchema, ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { decodeStatus, encodeStatus, isErrorCode } from './status.ts';

const errorInfo = { reason: 'CARD_DECLINED', domain: 'payments', metadata: { card: 'visa' } };

describe('encodeStatus()', () => {
  it('writes a google.rpc.Status with its details as Any', () => {
    const error = new ConnectError('declined: ✗', Code.FailedPrecondition, undefined, [
      { desc: ErrorInfoSchema, value: errorInfo },
    ]);
    expect(encodeStatus(error)).toEqual(
      toBinary(
        StatusSchema,
        create(StatusSchema, {
          code: 9,
          message: 'declined: ✗',
          details: [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, errorInfo))],
        }),
      ),
    );
  });

  it('passes the details of an error that came from the wire on, byte for byte', () => {
    const first = new ConnectError('x', Code.Internal, undefined, [
      { desc: BadRequestSchema, value: { fieldViolations: [{ field: 'name', description: 'empty' }] } },
    ]);
    const bytes = encodeStatus(first);
    const read = decodeStatus(bytes);
    expect(read).toBeInstanceOf(ConnectError);
    expect(encodeStatus(read as ConnectError)).toEqual(bytes);
  });
});

describe('decodeStatus()', () => {
  it('gives code, message, details and metadata back', () => {
    const metadata = new Headers({ 'x-a': '1' });
    const sent = new ConnectError('no', Code.NotFound, undefined, [
      { desc: ErrorInfoSchema, value: errorInfo },
    ]);
    const error = decodeStatus(encodeStatus(sent), metadata);
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'no' });
    expect(error?.metadata.get('x-a')).toBe('1');
    expect(error?.findDetails(ErrorInfoSchema)).toEqual([create(ErrorInfoSchema, errorInfo)]);
  });

  it.each([
    ['nothing', ''],
    ['JSON', '{"error":"no"}'],
    ['prose', 'something went wrong'],
    ['code 0, OK', '\x08\x00'],
    ['code 17, which gRPC does not have', '\x08\x11'],
    ['a truncated message', '\x12\x7fx'],
  ])('takes %s for no status', (_, text) => {
    expect(decodeStatus(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});

describe('isErrorCode()', () => {
  it('holds for 1 to 16', () => {
    const codes = Array.from({ length: 20 }, (_, index) => index - 1).filter(isErrorCode);
    expect(codes).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, -1])('does not hold for %d', (code) => {
    expect(isErrorCode(code)).toBe(false);
  });
});
