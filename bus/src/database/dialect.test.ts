import { describe, expect, it } from 'vitest';
import { tableName } from './dialect.ts';

describe('tableName()', () => {
  it('takes plain names', () => {
    expect(tableName('table', 'busline_outbox')).toBe('busline_outbox');
  });

  it.each(['', 'Outbox', '1st', 'a b', 'a;drop', 'x'.repeat(41)])('refuses "%s"', (name) => {
    expect(() => tableName('outbox: table', name)).toThrow('outbox: table must be 1 to 40');
  });
});
