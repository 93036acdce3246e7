import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { startSink } from '../system/start-sink.ts';
import { waitUntil } from '../system/wait-until.ts';
import { openBrowserPage } from './browser-page.ts';
import type { Events, Heard } from './browser-script.ts';
import { startEdges } from './edges.ts';

const chromium = findChromium();
if (chromium === undefined) console.log('chromium: not found; nothing is tested in a browser');

function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore', timeout: 20_000 });
      return true;
    } catch {
      return false;
    }
  });
}

const wanted: Heard = {
  unary: 'tea',
  metadata: ['a', 'c'],
  error: [Code.FailedPrecondition, 'not yet', 1],
  stream: ['a', 'b'],
  streamError: Code.FailedPrecondition,
  deadline: Code.DeadlineExceeded,
  cancelled: Code.Canceled,
};

const events: Events = { messages: ['{}', '{"text":"tea"}'], ended: true, closed: true };

describe.skipIf(chromium === undefined)('headless Chromium, in a page of another origin', () => {
  it('calls by connect-web and listens by EventSource', { timeout: 90_000 }, async () => {
    await using page = await openBrowserPage('browser-script.ts');
    const folder = await mkdtemp(join(tmpdir(), 'busline-browser-'));
    const configFile = join(folder, 'edge.json');
    await writeFile(configFile, JSON.stringify({ cors: { origins: [page.origin] } }));
    await using edges = await startEdges({ env: { EDGE_CONFIG: configFile } });
    const sink = await startSink(folder, edges.natsUrl);
    const watch = `${edges.cleartext}/v1/sinks:watch`;
    await waitUntil('the sink is served', async () => (await fetch(watch)).status === 200, 5_000);
    page.setOptions({ baseUrl: edges.cleartext });
    const browser: ChildProcess = spawn(
      chromium as string,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        `--user-data-dir=${join(folder, 'profile')}`,
        page.origin,
      ],
      { stdio: 'ignore', detached: true },
    );
    const exited = once(browser, 'exit');
    try {
      expect(await page.result).toEqual({ connect: wanted, grpcWeb: wanted, events });
    } finally {
      // Its helpers are processes of their own, in its group.
      process.kill(-(browser.pid as number), 'SIGKILL');
      sink.worker.signal('SIGKILL');
      await Promise.all([exited, sink.worker.exited]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
