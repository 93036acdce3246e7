import { fromBinary } from '@bufbuild/protobuf';
import { ErrorInfoSchema } from '@busline/schemas/google/rpc/error_details';
import { StatusSchema } from '@busline/schemas/google/rpc/status';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { percentEncode, statusFields } from './status.ts';

describe('grpc-message', () => {
  it.each([
    ['plain ~ text', 'plain ~ text'],
    ['100%', '100%25'],
    ['a\r\nb', 'a%0D%0Ab'],
    ['é☃', '%C3%A9%E2%98%83'],
    ['\u007f', '%7F'],
    ['\ud800', '%EF%BF%BD'],
  ])('%j is %s', (text, encoded) => {
    expect(percentEncode(text)).toBe(encoded);
  });
});

describe('the status of a call', () => {
  it('is 0 where it went well', () => {
    expect(statusFields(undefined, undefined)).toEqual({ 'grpc-status': '0' });
  });

  it('has code and text', () => {
    expect(statusFields(new ConnectError('no', Code.NotFound), undefined)).toEqual({
      'grpc-status': '5',
      'grpc-message': 'no',
    });
    expect(statusFields(new ConnectError('', Code.Aborted), undefined)).toEqual({ 'grpc-status': '10' });
  });

  it('has the details as a google.rpc.Status, in base64 without padding', () => {
    const value = { reason: 'WHY', domain: 'test' };
    const error = new ConnectError('no', Code.NotFound, undefined, [{ desc: ErrorInfoSchema, value }]);
    const field = statusFields(error, undefined)['grpc-status-details-bin'] ?? '';
    expect(field).not.toContain('=');
    const status = fromBinary(StatusSchema, Buffer.from(field, 'base64'));
    expect([status.code, status.message, status.details.map(({ typeUrl }) => typeUrl)]).toEqual([
      5,
      'no',
      ['type.googleapis.com/google.rpc.ErrorInfo'],
    ]);
  });
});
