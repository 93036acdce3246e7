import { describe, expect, it } from 'vitest';
import { type BundleItem, callNumberLimit, encodeBundle, readBundle } from './bundle.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function itemsOf(bundle: Uint8Array): BundleItem[] {
  const items: BundleItem[] = [];
  readBundle(bundle, (number, head, body) =>
    items.push({ number, head: head && new Uint8Array(head), body: new Uint8Array(body) }),
  );
  return items;
}

describe('a bundle', () => {
  it('is its items, each with number, head and body', () => {
    const bundle = encodeBundle([
      { number: 7, head: bytes('H'), body: bytes('bb') },
      { number: 2 ** 32 + 1, head: undefined, body: bytes('') },
    ]);
    expect(Buffer.from(bundle).toString('hex')).toBe(
      '000000000007' + '0001' + '00000002' + '48' + '6262' + '000100000001' + '0000' + '00000000',
    );
  });

  it.each([
    ['no item', []],
    ['empty parts', [{ number: 0, head: undefined, body: bytes('') }]],
    ['the largest number', [{ number: callNumberLimit - 1, head: bytes('x'), body: bytes('y') }]],
    [
      'many items',
      Array.from({ length: 300 }, (_, n) => ({
        number: n * 1_000_003,
        head: n % 3 === 0 ? undefined : bytes('h'.repeat(n)),
        body: bytes('b'.repeat(n)),
      })),
    ],
  ] satisfies [string, BundleItem[]][])('reads back as it was written: %s', (_, items) => {
    const plain = items.map(({ number, head, body }) => ({
      number,
      head: head && new Uint8Array(head),
      body: new Uint8Array(body),
    }));
    expect(itemsOf(encodeBundle(items))).toEqual(plain);
  });

  it('cut anywhere but between items is refused, whatever its bytes', () => {
    const bundle = encodeBundle([
      { number: 1, head: bytes('head'), body: bytes('body') },
      { number: 2, head: undefined, body: bytes('tail') },
    ]);
    const first = 12 + 8;
    const lengths = Array.from(bundle.keys()).filter((length) => length !== 0 && length !== first);
    for (const length of lengths) {
      expect(() => itemsOf(bundle.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
    }
    expect(itemsOf(bundle.subarray(0, first))).toHaveLength(1);
    expect(() => itemsOf(Buffer.alloc(64, 0xff))).toThrow(RangeError);
  });

  it('may be a part of other bytes', () => {
    const bundle = encodeBundle([{ number: 5, head: bytes('head'), body: bytes('body') }]);
    const within = Buffer.concat([bytes('before'), bundle, bytes('after')]);
    expect(itemsOf(within.subarray(6, 6 + bundle.length))).toEqual(itemsOf(bundle));
  });
});
