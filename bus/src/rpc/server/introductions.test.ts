import { describe, expect, it } from 'vitest';
import { createIntroductions } from './introductions.ts';

describe('createIntroductions()', () => {
  it('knows each caller after its first call', () => {
    const introductions = createIntroductions();
    expect(['a', 'a', 'b', 'a', 'b', 'c'].map((inbox) => introductions.isNew(inbox))).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it('is bounded: after 10,000 callers it begins anew', () => {
    const introductions = createIntroductions();
    for (let caller = 0; caller < 10_000; caller++) introductions.isNew(`caller ${caller}`);
    expect(introductions.isNew('caller 1')).toBe(false);
    introductions.isNew('one more');
    expect(introductions.isNew('caller 1')).toBe(true);
  });
});
