import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tar } from './tar.ts';

const listed = (files: ReadonlyMap<string, string>) =>
  execFileSync('tar', ['-tf', '-'], { input: tar(files) })
    .toString()
    .trim()
    .split('\n');
const extracted = (files: ReadonlyMap<string, string>, path: string) =>
  execFileSync('tar', ['-xOf', '-', path], { input: tar(files) }).toString();

describe('tar()', () => {
  it.each([
    ['an empty file', ''],
    ['a short one', 'syntax = "proto3";\n'],
    ['exactly one block', 'x'.repeat(512)],
    ['one byte more', 'x'.repeat(513)],
    ['text beyond ASCII', 'Käse für 5 €\n'],
  ])('keeps %s', (_, text) => {
    const files = new Map([
      ['a/before.proto', 'before'],
      ['a/b.proto', text],
      ['z.proto', 'after'],
    ]);
    expect(listed(files)).toEqual(['a/before.proto', 'a/b.proto', 'z.proto']);
    expect(extracted(files, 'a/b.proto')).toBe(text);
    expect(extracted(files, 'z.proto')).toBe('after');
  });

  it('takes long paths', () => {
    const path = `${'folder/'.repeat(20)}${'n'.repeat(90)}.proto`;
    expect(listed(new Map([[path, 'x']]))).toEqual([path]);
  });

  it('refuses a path that the format cannot hold, naming it', () => {
    const path = `${'n'.repeat(120)}.proto`;
    expect(() => tar(new Map([[path, 'x']]))).toThrow(`"${path}" is too long for a tar archive`);
  });

  it('is the same for the same files', () => {
    const files = new Map([['a.proto', 'x']]);
    expect(tar(files).equals(tar(files))).toBe(true);
  });
});
