import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './system/copy-workspace.ts';
import { markdownBlocks } from './system/markdown-blocks.ts';
import { type System, startSystem } from './system/start-system.ts';

const page = await readFile(new URL('../docs/start.md', import.meta.url), 'utf8');
const blocks = markdownBlocks(page);

let copy: WorkspaceCopy;
let system: System;
beforeAll(async () => {
  copy = await copyWorkspace();
  system = await startSystem({ root: copy.root });
});
afterAll(async () => {
  await system?.stop();
  await copy?.remove();
});

/** Runs a block of the page as it stands, with the addresses of this system. */
async function run(block: string): Promise<string> {
  const { port } = new URL(system.stack.apiUrl);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', block.replaceAll(':8080', `:${port}`)], {
    cwd: copy.root,
    env: { ...process.env, NATS_URL: system.stack.natsUrl },
  });
  return stdout;
}

describe('docs/start.md', () => {
  it.each(['try/place-order.ts', 'try/errors.ts'])('%s prints what the page shows', async (file) => {
    const at = blocks.findIndex((block) => block.file === file);
    const [script, command, output] = blocks.slice(at, at + 3);
    await mkdir(dirname(join(copy.root, file)), { recursive: true });
    await writeFile(join(copy.root, file), script?.text ?? expect.fail(`no ${file}`));
    expect(command?.text).toContain(file);
    expect(await run(command?.text ?? '')).toBe(output?.text);
  });

  it.each(
    blocks
      .filter(({ language, text }) => language === 'sh' && text.includes('curl '))
      .flatMap(({ text }) => text.trim().split('\n')),
  )('%s answers', async (command) => {
    expect(JSON.parse(await run(`${command} --fail`))).toMatchObject({});
  });

  it('makes a service and an event that it publishes, whose tests pass', { timeout: 120_000 }, async () => {
    const commands = blocks.filter(
      ({ language, section, text }) =>
        language === 'sh' && /^[345]\. /.test(section) && /^npx (busline new|vitest)/.test(text),
    );
    expect(commands.map(({ text }) => text.split(' ').slice(1, 4).join(' ').trim())).toEqual([
      'busline new service',
      'busline new event',
      'vitest run workers/quote',
    ]);
    const [service, event, tests] = commands.map(({ text }) => text);
    for (const command of [service, event]) await run(command ?? '');
    for (const { file, text } of blocks.filter((block) => block.file?.startsWith('workers/quote/')))
      await writeFile(join(copy.root, file ?? ''), text);
    const test = join(copy.root, 'workers/quote/get-quote.test.ts');
    const imported = `import { QuoteReadSchema } from '@busline/schemas/quote/v1/events';\n`;
    const before = await readFile(test, 'utf8');
    await writeFile(
      test,
      imported + before.replaceAll('openMemoryBus()', 'openMemoryBus({ events: [QuoteReadSchema] })'),
    );
    await run(tests ?? '');
  });
});
