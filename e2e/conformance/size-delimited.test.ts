import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readWithLength, withLength } from './size-delimited.ts';

describe('a message behind its length', () => {
  it.each([0, 1, 255, 70_000])('of %i bytes comes back, however it is cut', async (size) => {
    const message = Buffer.alloc(size, 7);
    const framed = withLength(message);
    const cuts = [framed.subarray(0, 1), framed.subarray(1, 5), framed.subarray(5)];
    expect(Buffer.from(await readWithLength(Readable.from(cuts))).equals(message)).toBe(true);
  });

  it('must be whole', async () => {
    const cut = withLength(Buffer.alloc(9)).subarray(0, 7);
    await expect(readWithLength(Readable.from([cut]))).rejects.toThrow('the message ended after 7 bytes');
  });
});
