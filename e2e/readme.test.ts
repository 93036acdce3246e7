import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './system/copy-workspace.ts';
import { markdownBlocks } from './system/markdown-blocks.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const blocks = markdownBlocks(readme);
const first = blocks.filter(({ section }) => section === '');
const adding = blocks.filter(({ section }) => section === 'Add your own service');
const curls = (of: typeof blocks) => of.filter(({ text }) => text.includes('curl')).map(({ text }) => text);
const shown = (of: typeof blocks): unknown =>
  JSON.parse(of.find(({ language }) => language === 'json')?.text ?? expect.fail('no answer is shown'));

let copy: WorkspaceCopy;
let system: System;
beforeAll(async () => {
  copy = await copyWorkspace();
  system = await startSystem({ root: copy.root, watch: true });
});
afterAll(async () => {
  await system?.stop();
  await copy?.remove();
});

/** Runs a block of the README as it stands, with the port of this system. */
async function run(block: string): Promise<unknown> {
  const { port } = new URL(system.stack.apiUrl);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', block.replaceAll(':8080', `:${port}`)], {
    cwd: copy.root,
  });
  return JSON.parse(stdout);
}

const happened = (type: string) => system.events.some((event) => event.type === type);

describe('README', () => {
  it.each([
    ['REST', /\/v1\/orders .*application\/json/],
    ['Connect JSON', /OrderService\/PlaceOrder .*application\/json/],
    ['Connect binary', /OrderService\/PlaceOrder .*application\/proto/],
  ])('places an order by %s', async (_, command) => {
    const [block = '', ...others] = curls(first).filter((text) => command.test(text));
    expect(others).toEqual([]);
    expect(await run(block)).toEqual({
      ...(shown(first) as object),
      orderId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createTime: expect.stringMatching(/^20.*Z$/),
      updateTime: expect.stringMatching(/^20.*Z$/),
    });
  });

  it('adds a service while the system runs', { timeout: 60_000 }, async () => {
    const files = adding.flatMap(({ file, text }) => (file === undefined ? [] : [{ file, text }]));
    expect(files.map(({ file }) => file)).toEqual([
      'schemas/quote/v1/quote.proto',
      'workers/quotes/get-quote.ts',
      'workers/quotes/main.ts',
    ]);
    for (const { file, text } of files) {
      await mkdir(dirname(join(copy.root, file)), { recursive: true });
      await writeFile(join(copy.root, file), text);
    }
    await waitUntil('the worker is added', () => happened('worker-added'), 40_000);
    expect(happened('generated')).toBe(true);
    expect(happened('reload-failed')).toBe(false);
    const [curl = '', ...others] = curls(adding);
    expect(others).toEqual([]);
    await waitUntil(
      'the route is there',
      async () => (await system.send('GET /v1/quotes/x')).status === 200,
      1_000,
    );
    expect(await run(curl)).toEqual(shown(adding));
  });
});
