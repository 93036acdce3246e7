import { readFileSync } from 'node:fs';
import type { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { codeTable } from './code-table.ts';
import { faultCodes } from './fault.ts';

const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** Cells of the tables whose header begins with `firstColumn`. */
function tableRows(firstColumn: string): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of document.split('\n')) {
    const cells = line.split('|').slice(1, -1);
    if (!line.startsWith('|')) inside = false;
    else if (cells[0]?.trim() === firstColumn) inside = true;
    else if (inside && !/^[|\s-]+$/.test(line)) rows.push(cells.map((cell) => cell.trim()));
  }
  return rows;
}

describe('docs/errors.md', () => {
  it('has the code table as it is in code', () => {
    const inCode = Object.entries(codeTable).map(([code, row]) => [
      row.name,
      code,
      String(row.httpStatus),
      row.retryable ? 'yes' : 'no',
      row.eventFate,
    ]);
    expect(tableRows('code')).toEqual(inCode);
  });

  it('describes every error the bus makes, each once, and no other', () => {
    const documented = tableRows('reason').map(([reason, code]) => [reason, code]);
    const inCode = Object.entries(faultCodes).map(([reason, code]) => [
      `\`${reason}\``,
      codeTable[code as Code].name,
    ]);
    expect(documented.toSorted()).toEqual(inCode.toSorted());
  });

  it.each(tableRows('reason'))(
    '%s (%s): says what happened, what to do and whether it may have run',
    (...row) => {
      expect(row).toHaveLength(5);
      const [, , happened, todo, mayHaveRun] = row;
      expect(happened).toMatch(/\.$/);
      expect(todo).toMatch(/\.$/);
      expect(mayHaveRun).toMatch(/^(yes|no)\b/);
    },
  );
});
