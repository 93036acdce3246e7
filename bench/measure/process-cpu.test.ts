import { describe, expect, it } from 'vitest';
import { parseStatTicks } from './process-cpu.ts';

describe('parseStatTicks()', () => {
  it.each([
    ['a plain name', '7 (node) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 9 9 20 0'],
    ['a name with spaces and a parenthesis', '7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 9 9 20 0'],
  ])('adds user and system time of %s', (_what, stat) => {
    expect(parseStatTicks(stat)).toBe(300);
  });

  it('refuses anything else', () => {
    expect(() => parseStatTicks('not a stat line')).toThrow('/proc/<pid>/stat');
  });
});
