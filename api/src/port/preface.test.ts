import { describe, expect, it } from 'vitest';
import { http2Preface, protocolOf } from './preface.ts';

describe('protocolOf()', () => {
  it.each([
    ['', undefined],
    ['P', undefined],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r', undefined],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0', 'http2'],
    ['G', 'http1'],
    ['PO', 'http1'],
    ['PRI * HTTP/1.1\r\n', 'http1'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r ', 'http1'],
    ['\x16\x03\x01', 'http1'],
  ])('%j', (text, protocol) => {
    expect(protocolOf(Buffer.from(text, 'latin1'))).toBe(protocol);
  });

  it('decides at the last byte that can differ', () => {
    for (let length = 0; length < http2Preface.length; length++) {
      const start = http2Preface.subarray(0, length);
      expect(protocolOf(start)).toBeUndefined();
      expect(protocolOf(Buffer.concat([start, Buffer.from('~')]))).toBe('http1');
    }
  });
});
