import { describe, expect, it } from 'vitest';
import { matchesSubject, subjectsOverlap } from './subject-match.ts';

describe('matchesSubject', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['*.b', 'a.c', false],
    ['>', 'a', true],
    ['a.*.c', 'a.b', false],
  ])('%s and %s: %s', (pattern, subject, expected) => {
    expect(matchesSubject(pattern, subject)).toBe(expected);
  });
});

describe('subjectsOverlap', () => {
  it.each([
    ['a.*', '*.b', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['a.b', 'a.c', false],
    ['a.*', 'a.b.c', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(subjectsOverlap(one, other)).toBe(expected);
    expect(subjectsOverlap(other, one)).toBe(expected);
  });
});
