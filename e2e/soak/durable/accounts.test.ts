import { expect, it } from 'vitest';
import { wrongAccounts } from './accounts.ts';

it('finds accounts with an effect too many or too few', () => {
  const right = new Map(Array.from({ length: 20 }, (_, n) => [`a${n}`, n < 5 ? 2n : 1n]));
  expect(wrongAccounts(25, right)).toEqual([]);
  expect(wrongAccounts(25, new Map([...right, ['a0', 3n]]))).toEqual(['account a0: 2 calls had 3 effects']);
  right.delete('a7');
  expect(wrongAccounts(25, right)).toEqual(['account a7: 1 calls had 0 effects']);
});
