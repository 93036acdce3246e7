import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../program/command-failure.ts';
import { folderName, typeName } from './names.ts';

function refusal(work: () => unknown): Partial<CommandFailure['parts']> {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandFailure) return error.parts;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('folderName()', () => {
  it('is what each place wants', () => {
    expect(folderName('a service', 'order-book2')).toEqual({
      kebab: 'order-book2',
      snake: 'order_book2',
      pascal: 'OrderBook2',
      camel: 'orderBook2',
      words: 'order book2',
    });
  });

  it.each([
    ['OrderBook', 'call it order-book'],
    ['order_book', 'call it order-book'],
    ['2orders', 'call it orders'],
    ['-', undefined],
    ['', undefined],
    ['../orders', 'call it orders'],
    ['package', undefined],
    ['bus', undefined],
    ['o'.repeat(51), undefined],
  ])('refuses "%s"', (text, hint) => {
    expect(refusal(() => folderName('a service', text))).toMatchObject({
      code: 'NAME_UNUSABLE',
      exitCode: 2,
    });
    expect(refusal(() => folderName('a service', text)).hint).toBe(hint);
  });
});

describe('typeName()', () => {
  it('keeps its spelling, and knows its words', () => {
    expect(typeName('a method', 'ImportCSVFile')).toEqual({
      kebab: 'import-csv-file',
      snake: 'import_csv_file',
      pascal: 'ImportCSVFile',
      camel: 'importCSVFile',
      words: 'import csv file',
    });
  });

  it.each([
    ['placeOrder', 'call it PlaceOrder'],
    ['place-order', 'call it PlaceOrder'],
    ['Place Order', 'call it PlaceOrder'],
    ['Delete', undefined],
  ])('refuses "%s"', (text, hint) => {
    expect(refusal(() => typeName('a method', text))).toMatchObject({ code: 'NAME_UNUSABLE' });
    expect(refusal(() => typeName('a method', text)).hint).toBe(hint);
  });
});
