import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { createFailureFeed } from './failure-feed.ts';

async function setUp() {
  const file = join(await temporaryDirectory(), 'audit-1.log');
  await writeFile(file, '');
  const look = createFailureFeed(file, '/shop');
  return async (...entries: readonly object[]) => {
    const lines = entries.map((entry) =>
      JSON.stringify({ level: 40, pid: 1, msg: 'failed', err: { message: 'no' }, ...entry }),
    );
    await appendFile(file, lines.map((line) => `${line}\n`).join(''));
    const { failures, more } = look();
    return { failed: failures.map(({ text }) => text), more };
  };
}

it('tells the first of many, and every failed call', async () => {
  const log = await setUp();
  expect(await log({}, { msg: 'b' }, { msg: 'c' }, { level: 30 })).toEqual({
    failed: ['failed: no', 'b: no'],
    more: 1,
  });
  expect(await log({})).toEqual({ failed: ['failed: no'], more: 0 });
});

it('tells once of an event that fails again, until another process tries it, or it fails for good', async () => {
  const log = await setUp();
  const nothing = { failed: [], more: 0 };
  expect((await log({ event: 'e.1', attempt: 1 })).failed).toHaveLength(1);
  expect(await log({ event: 'e.1', attempt: 2 }, { event: 'e.1', attempt: 3 })).toEqual(nothing);
  expect((await log({ event: 'e.2', attempt: 1 })).failed).toHaveLength(1);
  expect((await log({ event: 'e.1', attempt: 4, pid: 2 })).failed).toHaveLength(1);
  expect((await log({ event: 'e.1', attempt: 5, pid: 2, msg: 'for good' })).failed).toEqual(['for good: no']);
});
