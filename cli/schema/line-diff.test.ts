import { describe, expect, it } from 'vitest';
import { lineDiff, withContext } from './line-diff.ts';

const text = (lines: readonly ({ mark: string; text: string } | undefined)[]) =>
  lines.map((line) => (line === undefined ? '…' : `${line.mark}${line.text}`));

describe('lineDiff()', () => {
  it('keeps what both have', () => {
    expect(text(lineDiff('a\nb\nc\nd', 'a\nc\nx\nd\ne'))).toEqual([' a', '-b', ' c', '+x', ' d', '+e']);
  });

  it('finds nothing in the same text', () => {
    expect(lineDiff('a\nb', 'a\nb').every(({ mark }) => mark === ' ')).toBe(true);
  });
});

describe('withContext()', () => {
  it('leaves out what is far from a change', () => {
    const diff = lineDiff('1\n2\n3\n4\n5\n6', '1\n2\nx\n4\n5\n6');
    expect(text(withContext(diff, 1))).toEqual([' 2', '-3', '+x', ' 4', '…']);
  });
});
