import { stripVTControlCharacters } from 'node:util';
import { shorten, textWidth } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  /** The cell's text, without colours and line breaks. */
  text(row: Row): string;
  readonly align?: 'left' | 'right';
  /** Marks the cell, once it has its width. */
  paint?(text: string, row: Row): string;
  /** May become as narrow as this many columns where the terminal is. Default: it keeps its width. */
  readonly shrinksTo?: number;
  /** What is kept of a cell that is too long: its beginning, or its end. Default: its beginning. */
  readonly keep?: 'start' | 'end';
  /** Left out where the terminal is too narrow, the highest number first. Default 0: it stays. */
  readonly optional?: number;
}

const gap = 2;

/** Lines of a table that fits into `width` columns, as far as its columns allow. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  paintTitle: (text: string) => string = (text) => text,
): string[] {
  const cells = rows.map((row) => new Map(columns.map((column) => [column, printable(column.text(row))])));
  const natural = (column: Column<Row>) =>
    Math.max(textWidth(column.title), ...cells.map((row) => textWidth(row.get(column) ?? '')));
  const chosen = chooseColumns(columns, natural, width);
  const widths = fitWidths(chosen, natural, width);
  const line = (cell: (column: Column<Row>, width: number) => string): string =>
    stripTrailing(chosen.map((column, index) => cell(column, widths[index] ?? 0)).join(' '.repeat(gap)));
  return [
    line((column, to) => paintTitle(pad(shorten(column.title, to), to, column.align))),
    ...rows.map((row, index) =>
      line((column, to) => {
        const text = pad(shorten(cells[index]?.get(column) ?? '', to, column.keep), to, column.align);
        return column.paint === undefined ? text : column.paint(text, row);
      }),
    ),
  ];
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}

function chooseColumns<Row>(
  columns: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): Column<Row>[] {
  const least = (column: Column<Row>) =>
    Math.min(natural(column), column.shrinksTo ?? Number.POSITIVE_INFINITY);
  let chosen = [...columns];
  while (total(chosen.map(least)) > width) {
    const first = Math.max(...chosen.map(({ optional = 0 }) => optional));
    if (first === 0) break;
    chosen = chosen.filter(({ optional = 0 }) => optional !== first);
  }
  return chosen;
}

/** Takes from the widest column that may shrink, until the line fits. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  natural: (column: Column<Row>) => number,
  width: number,
): number[] {
  const widths = columns.map(natural);
  for (let over = total(widths) - width; over > 0; over--) {
    let widest = -1;
    columns.forEach(({ shrinksTo }, index) => {
      const own = widths[index] ?? 0;
      if (shrinksTo !== undefined && own > shrinksTo && own > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + fill : fill + text;
}

/** Data must not move the cursor or change colours. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

function stripTrailing(line: string): string {
  return line.replace(/ +$/, '');
}
