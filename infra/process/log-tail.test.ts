import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { logTail } from './log-tail.ts';

describe('logTail()', () => {
  it.each([
    ['fewer lines than asked for', 'a\nb\n', 5, 'a\nb'],
    ['more lines', 'a\nb\nc\n', 2, 'b\nc'],
    ['an empty file', '', 5, ''],
    ['a long file, of which only the end is read', `${'x'.repeat(99)}\n`.repeat(10_000), 1, 'x'.repeat(99)],
  ])('%s', async (_case, content, lines, tail) => {
    const file = join(await temporaryDirectory(), 'log');
    await writeFile(file, content);
    expect(await logTail(file, lines)).toBe(tail);
  });

  it('is empty when there is no file', async () => {
    expect(await logTail(join(await temporaryDirectory(), 'log'))).toBe('');
  });
});
