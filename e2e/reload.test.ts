import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './system/copy-workspace.ts';
import { keepInFlight } from './system/keep-in-flight.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

let copy: WorkspaceCopy;
let system: System;
beforeAll(async () => {
  copy = await copyWorkspace();
  system = await startSystem({
    root: copy.root,
    watch: true,
    workers: { greeter: 2, inventory: 0, orders: 0, payments: 0, deadletters: 0, notifications: 0 },
  });
});
afterAll(async () => {
  await system?.stop();
  await copy?.remove();
});

/** Edits a file of the copy as an editor would. */
async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(copy.root, path), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(copy.root, path), text.replace(from, to));
}

const hello = () => system.send('GET /v1/hello/Ada');
const reloads = () => system.events.filter(({ type }) => type === 'reloaded').length;

/** Saves a file with 20 requests in flight, waits for the reload, and returns what was not answered as it should. */
async function editUnderLoad(...change: Parameters<typeof edit>): Promise<string[]> {
  const wrong: string[] = [];
  const before = reloads();
  const load = keepInFlight(20, async () => {
    const answer = await hello().catch((error: Error) => ({ status: 0, text: String(error.cause ?? error) }));
    if (!/(Hello|Welcome), Ada!/.test(answer.text)) wrong.push(`${answer.status} ${answer.text}`);
  });
  await load.passed(100);
  await edit(...change);
  await waitUntil('it was reloaded', () => reloads() > before, 40_000);
  await load.passed(100);
  await load.stop();
  return wrong;
}

describe('saving a file under load', { timeout: 90_000 }, () => {
  it('of a worker brings the new behaviour in and loses no call', async () => {
    expect((await hello()).json).toMatchObject({ greeting: 'Hello, Ada!' });
    expect(await editUnderLoad('workers/greeter/say-hello.ts', 'Hello, ', 'Welcome, ')).toEqual([]);
    expect((await hello()).json).toMatchObject({ greeting: 'Welcome, Ada!' });
  });

  it('of the edge brings the new behaviour in and loses no call', async () => {
    expect(await editUnderLoad('api/src/health.ts', "'ready'", "'edited'")).toEqual([]);
    expect((await system.send('GET /readyz')).json).toMatchObject({ status: 'edited' });
  });

  it('that does not start keeps what runs', async () => {
    await edit(
      'workers/greeter/services.ts',
      'export function',
      "throw new Error('half done');\nexport function",
    );
    const failed = () => system.events.filter(({ type }) => type === 'reload-failed');
    await waitUntil('the reload failed', () => failed().length > 0, 40_000);
    expect(failed()).toEqual([
      expect.objectContaining({ what: 'greeter', output: expect.stringContaining('half done') }),
    ]);
    expect((await hello()).json).toMatchObject({ greeting: 'Welcome, Ada!' });
  });
});
