import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { watchedFile } from './watched-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'busline-watched-'));
afterAll(() => rmSync(folder, { recursive: true }));

function parse(text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError('it is no number');
  return Number(text);
}

function watch(path: string) {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  let changes = 0;
  const file = watchedFile({
    path,
    what: 'the numbers',
    parse,
    log,
    intervalMs: 10,
    onChange: () => void changes++,
  });
  return { file, lines, changes: () => changes };
}

describe('watchedFile()', () => {
  it('follows a file that is written, and one that is replaced', async () => {
    const path = join(folder, 'followed');
    writeFileSync(path, '1');
    const { file, changes } = watch(path);
    expect(file.current).toBe(1);
    writeFileSync(path, '22');
    await vi.waitFor(() => expect(file.current).toBe(22), 5_000);
    writeFileSync(join(folder, 'next'), '33');
    renameSync(join(folder, 'next'), path);
    await vi.waitFor(() => expect(file.current).toBe(33), 5_000);
    expect(changes()).toBe(2);
    file.close();
  });

  it('keeps what it has when the change is broken, or the file gone', async () => {
    const path = join(folder, 'broken');
    writeFileSync(path, '1');
    const { file, lines } = watch(path);
    writeFileSync(path, 'oops');
    await vi.waitFor(() => expect(lines.join()).toContain(`the numbers, ${path}: it is no number`), 5_000);
    rmSync(path);
    await vi.waitFor(() => expect(lines.join()).toContain('ENOENT'), 5_000);
    expect(file.current).toBe(1);
    writeFileSync(path, '4444');
    await vi.waitFor(() => expect(file.current).toBe(4444), 5_000);
    file.close();
  });

  it('says what is wrong at first', () => {
    const path = join(folder, 'first');
    writeFileSync(path, 'oops');
    expect(() => watch(path)).toThrow(new TypeError(`the numbers, ${path}: it is no number`));
    expect(() => watch(join(folder, 'nowhere'))).toThrow('ENOENT');
  });
});
