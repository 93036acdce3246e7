import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { followLog } from './follow-log.ts';

it('returns each whole line once', async () => {
  const file = join(await temporaryDirectory(), 'x.log');
  await writeFile(file, 'earlier\n');
  const look = followLog(file);
  expect(look()).toEqual([]);
  await appendFile(file, 'one\ntwo\nthr');
  expect(look()).toEqual(['one', 'two']);
  await appendFile(file, 'ee\n');
  expect(look()).toEqual(['three']);
  expect(look()).toEqual([]);
});

it('begins anew in a file that was cut, or was not there', async () => {
  const file = join(await temporaryDirectory(), 'x.log');
  const look = followLog(file);
  expect(look()).toEqual([]);
  await writeFile(file, 'one, and then some\n');
  expect(look()).toEqual(['one, and then some']);
  await truncate(file);
  await appendFile(file, 'two\n');
  expect(look()).toEqual(['two']);
});

it('passes over what is more than anybody reads', async () => {
  const file = join(await temporaryDirectory(), 'x.log');
  const look = followLog(file);
  await writeFile(file, `first\n${'x'.repeat(70_000)}\nlast\n`);
  expect(look()).toEqual(['last']);
});
