import { describe, expect, it } from 'vitest';
import { jsonShape } from './json-shape.ts';

describe('jsonShape()', () => {
  it.each([
    [1, 'number'],
    [null, 'null'],
    [[], []],
    [
      { a: 'x', b: [true, false] },
      { a: 'string', b: ['boolean'] },
    ],
    [[{ a: 1 }, { a: 2, b: '' }], [{ a: 'number', 'b?': 'string' }]],
    [[{ a: [] }, { a: [{ b: 1 }] }], [{ a: [{ b: 'number' }] }]],
    [{ 'a.b': 1, c: 2 }, { '<name>': 'number' }],
    [[{ a: 1 }, { a: null }], [{ a: 'null | number' }]],
  ])('of %j', (value, shape) => {
    expect(jsonShape(value)).toEqual(shape);
  });
});
