import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { isUserMetadata, metadataLines } from './metadata.ts';

describe('metadataLines()', () => {
  it('writes names in lower case and keeps order and repetition', () => {
    expect(
      metadataLines([
        ['X-Tenant', 'Acme'],
        ['a', '1'],
        ['A', '2'],
      ]),
    ).toBe('x-tenant: Acme\r\na: 1\r\na: 2\r\n');
  });

  it('carries bytes as base64 under -bin names, untouched', () => {
    const value = Buffer.from([0, 10, 13, 255]).toString('base64');
    expect(metadataLines([['trace-bin', value]])).toBe(`trace-bin: ${value}\r\n`);
  });

  it('puts the prefix of trailers before the name', () => {
    expect(metadataLines([['Cost', '3']], 'trailer-')).toBe('trailer-cost: 3\r\n');
  });

  it.each(['traceparent', 'tracestate'])('takes %s from a caller that keeps its trace itself', (name) => {
    expect(metadataLines([[name, 'x']])).toBe(`${name}: x\r\n`);
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a(b)', '"a"', 'a\u0000'])('refuses the name %j', (name) => {
    expect(() => metadataLines([[name, 'x']])).toThrow(
      new ConnectError(`metadata name "${name}" is not a header token`, Code.InvalidArgument),
    );
  });

  it.each(['bl-timeout', 'BL-X', 'nats-msg-id', 'Nats-Service-Error', 'trailer-x'])(
    'refuses the reserved name %s',
    (name) => {
      expect(() => metadataLines([[name, 'x']])).toThrow(
        new ConnectError(
          `metadata name "${name.toLowerCase()}" is reserved for the bus`,
          Code.InvalidArgument,
        ),
      );
    },
  );

  it.each(['a\rb', 'a\nb', 'a\r\nbl-fate: x', '\u0000', '✓', 'Ā'])(
    'refuses the value %j, saying how it can go',
    (value) => {
      expect(() => metadataLines([['a', value]])).toThrow(
        /^\[invalid_argument\] metadata value of "a" .* "a-bin"$/,
      );
    },
  );

  it.each(['', ' ', 'a: b', 'éÿ', '\t'])('takes the value %j', (value) => {
    expect(metadataLines([['a', value]])).toBe(`a: ${value}\r\n`);
  });
});

describe('isUserMetadata()', () => {
  it.each([
    ['x-tenant', true],
    ['traceparent', true],
    ['blob', true],
    ['trailers', true],
    ['bl-fate', false],
    ['BL-Timeout', false],
    ['Nats-Msg-Id', false],
    ['trailer-cost', false],
  ])('%s: %s', (name, expected) => {
    expect(isUserMetadata(name)).toBe(expected);
  });
});
