import { describe, expect, it } from 'vitest';
import { diffTrees } from './diff-trees.ts';

describe('diffTrees', () => {
  it.each([
    { name: 'equal trees', actual: { a: '1' }, expected: { a: '1' }, changes: [] },
    { name: 'a new file', actual: {}, expected: { a: '1' }, changes: [{ path: 'a', kind: 'missing' }] },
    {
      name: 'other contents',
      actual: { a: '1' },
      expected: { a: '2' },
      changes: [{ path: 'a', kind: 'outdated' }],
    },
    { name: 'a file too many', actual: { a: '1' }, expected: {}, changes: [{ path: 'a', kind: 'stale' }] },
    {
      name: 'several, by path',
      actual: { c: '1', a: '1', same: '' },
      expected: { b: '1', a: '2', same: '' },
      changes: [
        { path: 'a', kind: 'outdated' },
        { path: 'b', kind: 'missing' },
        { path: 'c', kind: 'stale' },
      ],
    },
  ])('reports $name', ({ actual, expected, changes }) => {
    expect(diffTrees(new Map(Object.entries(actual)), new Map(Object.entries(expected)))).toEqual(changes);
  });
});
