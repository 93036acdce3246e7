import { closeSync, writeSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { createInstanceLog, type InstanceLog } from './instance-log.ts';

function write(log: InstanceLog, text: string): number {
  const { descriptor, position } = log.open();
  writeSync(descriptor, text);
  closeSync(descriptor);
  return position;
}

async function newLog(maxBytes?: number): Promise<InstanceLog> {
  return createInstanceLog(join(await temporaryDirectory(), 'logs', 'orders-1.log'), maxBytes);
}

describe('createInstanceLog()', () => {
  it('appends, and reads what one process wrote', async () => {
    const log = await newLog();
    expect(write(log, 'first\n')).toBe(0);
    const position = write(log, 'second\n');
    expect(log.readFrom(position)).toBe('second\n');
    expect(await readFile(log.file, 'utf8')).toBe('first\nsecond\n');
  });

  it("keeps the earlier run's log as one old file", async () => {
    const log = await newLog();
    write(log, 'earlier\n');
    const next = createInstanceLog(log.file);
    write(next, 'now\n');
    expect(await readFile(`${log.file}.1`, 'utf8')).toBe('earlier\n');
    expect(await readFile(log.file, 'utf8')).toBe('now\n');
  });

  it('moves a log that grew too large, while its process keeps writing', async () => {
    const log = await newLog(10);
    const { descriptor } = log.open();
    writeSync(descriptor, 'more than ten\n');
    await log.rotate();
    writeSync(descriptor, 'after\n');
    closeSync(descriptor);
    expect(await readFile(`${log.file}.1`, 'utf8')).toBe('more than ten\n');
    expect(await readFile(log.file, 'utf8')).toBe('after\n');
  });

  it('leaves a small log alone', async () => {
    const log = await newLog(10);
    write(log, 'small\n');
    await log.rotate();
    await expect(stat(`${log.file}.1`)).rejects.toThrow('ENOENT');
  });

  it('reads at most the last 64 KiB', async () => {
    const log = await newLog();
    const position = write(log, `${'x'.repeat(100_000)}end`);
    const text = log.readFrom(position);
    expect(text).toHaveLength(65_536);
    expect(text.endsWith('xend')).toBe(true);
  });

  it('reads from the start of a log that was moved since', async () => {
    const log = await newLog(10);
    write(log, 'before the process\n');
    const { descriptor, position } = log.open();
    await log.rotate();
    writeSync(descriptor, 'its error\n');
    closeSync(descriptor);
    expect(log.readFrom(position)).toBe('its error\n');
  });
});
