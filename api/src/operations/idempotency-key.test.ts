import { describe, expect, it } from 'vitest';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('readIdempotencyKey()', () => {
  it.each([
    [undefined, undefined],
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    [' "a b" ', 'a b'],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['order:7/step=2', 'order:7/step=2'],
  ])('%j', (field, key) => {
    expect(readIdempotencyKey(field)).toBe(key);
  });

  it.each(['', '""', '"a', 'a b', 'a,b', '"a", "b"', 'é', 'x'.repeat(256)])('refuses %j', (field) => {
    expect(() => readIdempotencyKey(field)).toThrow(/idempotency key must be/);
  });
});
