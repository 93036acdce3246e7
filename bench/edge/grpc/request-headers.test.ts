import { describe, expect, it } from 'vitest';
import { grpcRequestHeaders } from './request-headers.ts';

describe('grpcRequestHeaders()', () => {
  it('writes the block byte by byte (RFC 7541, section 6)', () => {
    const text = (value: string): string => String.fromCharCode(value.length) + value;
    const literals = [
      '\x04',
      text('/a.B/C'),
      '\x01',
      text('127.0.0.1'),
      '\x0f\x10',
      text('application/grpc'),
    ];
    expect(grpcRequestHeaders('/a.B/C', 'application/grpc').toString('latin1')).toBe(
      ['\x83\x86', ...literals, '\0', text('te'), text('trailers')].join(''),
    );
  });

  it('refuses a path whose length takes more than a byte', () => {
    expect(() => grpcRequestHeaders(`/${'a'.repeat(126)}`, 'application/grpc')).toThrow(
      '127 bytes is longer',
    );
  });
});
