import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

  it('adds a service while the system runs, and lets it be written', { timeout: 120_000 }, async () => {
    const commands = adding.filter(({ text }) => text.startsWith('npx busline new')).map(({ text }) => text);
    expect(commands).toHaveLength(1);
    await promisify(execFile)('/bin/sh', ['-c', commands.join('')], { cwd: copy.root });
    await waitUntil('the worker is added', () => happened('worker-added'), 60_000);
    expect(happened('reload-failed')).toBe(false);
    const answers = async () => (await system.send('GET /v1/quote/x')).status === 200;
    await waitUntil('the route is there', answers, 5_000);
    const shownThere = adding
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text));
    expect(await Promise.all(curls(adding).slice(0, 1).map(run))).toEqual(shownThere.slice(0, 1));

    const written = adding.flatMap(({ file, text }) => (file === undefined ? [] : [{ file, text }]));
    expect(written.map(({ file }) => file)).toEqual(['workers/quote/get-quote.ts']);
    for (const { file, text } of written) await writeFile(join(copy.root, file), text);
    const [, second = ''] = curls(adding);
    await waitUntil(
      'what was written answers',
      async () => JSON.stringify(await run(second)) === JSON.stringify(shownThere[1]),
      60_000,
    );
    expect(shownThere).toHaveLength(2);
  });
});
