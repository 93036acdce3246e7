import { describe, expect, it } from 'vitest';
import { type Column, renderTable } from './table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}

const columns: Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, shrinksTo: 6 },
  { title: 'COUNT', text: ({ count }) => String(count), align: 'right' },
  { title: 'NOTE', text: ({ note }) => note, optional: 1 },
];
const rows: Row[] = [
  { name: 'orders.v1.OrderService', count: 7, note: 'fine' },
  { name: 'x', count: 12345, note: '日本' },
];

describe('renderTable()', () => {
  it('lines columns up, wide characters too', () => {
    expect(renderTable(columns, [...rows, { name: '日本', count: 1, note: 'end' }], 80)).toEqual([
      'NAME                    COUNT  NOTE',
      'orders.v1.OrderService      7  fine',
      'x                       12345  日本',
      '日本                        1  end',
    ]);
  });

  it('shortens what may be shortened, then leaves out what may be left out', () => {
    expect(renderTable(columns, rows, 28)).toEqual([
      'NAME             COUNT  NOTE',
      'orders.v1.Orde…      7  fine',
      'x                12345  日本',
    ]);
    expect(renderTable(columns, rows, 14)).toEqual(['NAME     COUNT', 'orders…      7', 'x        12345']);
  });

  it('keeps data from moving the cursor', () => {
    const row = { name: 'a\u001b[2Jb\nc', count: 1, note: '' };
    expect(renderTable(columns, [row], 80)[1]).toBe('ab c      1');
  });
});
