import { expect, it } from 'vitest';
import { finishedWithin } from './finished-within.ts';

it('says whether work ended in time', async () => {
  expect(await finishedWithin(Promise.resolve('done'), 60_000)).toBe(true);
  expect(await finishedWithin(new Promise(() => {}), 1)).toBe(false);
  await expect(finishedWithin(Promise.reject(new Error('no')), 60_000)).rejects.toThrow('no');
});
