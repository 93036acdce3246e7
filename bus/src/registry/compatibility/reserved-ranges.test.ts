import { describe, expect, it } from 'vitest';
import { isReserved, noLongerReserved, reservedOfEnum, reservedOfMessage } from './reserved-ranges.ts';

const ranges = (...pairs: [start: number, end: number][]) => ({
  ranges: pairs.map(([start, end]) => ({ start, end })),
  names: [],
});

describe('noLongerReserved()', () => {
  it.each([
    ['nothing of nothing', ranges(), ranges([1, 5]), []],
    ['the same', ranges([1, 5]), ranges([1, 5]), []],
    ['a wider range', ranges([2, 4]), ranges([1, 5]), []],
    ['parts that touch', ranges([1, 5]), ranges([4, 5], [1, 3]), []],
    ['parts that overlap', ranges([1, 5]), ranges([1, 4], [2, 9]), []],
    ['all of it', ranges([1, 5]), ranges(), ['1 to 5']],
    ['one number', ranges([7, 7]), ranges([8, 9]), ['7']],
    ['both ends', ranges([1, 9]), ranges([2, 8]), ['1', '9']],
    ['the middle', ranges([1, 9]), ranges([1, 3], [7, 9]), ['4 to 6']],
    ['negative numbers of an enum', ranges([-5, -1]), ranges([-5, -3]), ['-2 to -1']],
  ])('%s', (_, before, after, missing) => {
    expect(noLongerReserved(before, after)).toEqual(missing);
  });

  it('names', () => {
    const before = { ranges: [], names: ['a', 'b'] };
    expect(noLongerReserved(before, { ranges: [], names: ['b'] })).toEqual(['"a"']);
  });
});

describe('a range as descriptors store it', () => {
  const proto = { reservedRange: [{ start: 4, end: 6 }], reservedName: [] };

  it('of a message ends before its end', () => {
    const reserved = reservedOfMessage(proto);
    expect([3, 4, 5, 6].map((number) => isReserved(reserved, number))).toEqual([false, true, true, false]);
  });

  it('of an enum ends with its end', () => {
    const reserved = reservedOfEnum(proto);
    expect([3, 4, 6, 7].map((number) => isReserved(reserved, number))).toEqual([false, true, true, false]);
  });
});
