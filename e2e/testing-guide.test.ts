import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './system/copy-workspace.ts';
import { markdownBlocks } from './system/markdown-blocks.ts';

const guide = await readFile(new URL('../docs/testing.md', import.meta.url), 'utf8');
const tests = markdownBlocks(guide).flatMap(({ file, text }) => (file === undefined ? [] : [{ file, text }]));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

let copy: WorkspaceCopy;
beforeAll(async () => {
  copy = await copyWorkspace();
});
afterAll(() => copy?.remove());

describe('docs/testing.md', () => {
  it('shows tests that pass', { timeout: 60_000 }, async () => {
    const files = tests.map(({ file }) => file);
    expect(files).toEqual([
      'workers/greeter/in-memory.test.ts',
      'workers/greeter/in-time.test.ts',
      'workers/greeter/with-broker.test.ts',
    ]);
    for (const { file, text } of tests) await writeFile(join(copy.root, file), text);
    const results = join(copy.root, 'results.json');
    const args = [vitest, 'run', '--reporter', 'json', '--outputFile', results, ...files];
    const env = { ...process.env, VITEST: '', LOG_LEVEL: 'silent' };
    await promisify(execFile)(process.execPath, args, { cwd: copy.root, env });
    const { numPassedTests, numTotalTests } = JSON.parse(await readFile(results, 'utf8'));
    expect({ numPassedTests, numTotalTests }).toEqual({ numPassedTests: 3, numTotalTests: 3 });
  });
});
