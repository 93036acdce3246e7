import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';

// The shop with API keys, made by the command that people use.
let folder: string;
let system: System;
let reader: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-security-'));
  const config = join(folder, 'edge.json');
  const authentication = { apiKeysFile: 'keys.json' };
  const methods = { 'greet.*': { authentication: 'public' } };
  await writeFile(config, JSON.stringify({ authentication, methods }));
  reader = await makeKey('reader', 'orders:read');
  system = await startSystem({ env: { EDGE_CONFIG: config } });
}, 60_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function makeKey(subject: string, scopes: string): Promise<string> {
  const command = fileURLToPath(new URL('../api/src/make-api-key.ts', import.meta.url));
  const options = ['--file', join(folder, 'keys.json'), '--subject', subject, '--scopes', scopes];
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...options]);
  return stdout.trim();
}

const order = { customerId: 'ada', lines: [{ sku: 'tea', quantity: 1 }], paymentToken: 'tok_visa' };
const place = (key?: string) =>
  system.send('POST /v1/orders', { body: order, headers: key === undefined ? {} : { 'x-api-key': key } });

describe('the shop with API keys', () => {
  it('says so', () => {
    expect(system.stack.isOpen).toBe(false);
  });

  it('lets nobody in without one, but to what is public', async () => {
    const refused = await place();
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'ApiKey realm="busline"',
    ]);
    expect((await system.send('GET /v1/hello/Ada')).status).toBe(200);
  });

  it('lets a key do what its scopes say, and a new key within a moment', async () => {
    const headers = { 'x-api-key': reader };
    expect((await system.send('GET /v1/orders', { headers })).status).toBe(200);
    const refused = await place(reader);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      'ApiKey realm="busline", error="insufficient_scope", scope="orders:write"',
    ]);
    const writer = await makeKey('writer', 'orders:read,orders:write');
    await waitUntil('the edge knows the new key', async () => (await place(writer)).status !== 401);
    const placed = await place(writer);
    expect([placed.status, placed.json]).toEqual([
      200,
      expect.objectContaining({ state: 'ORDER_STATE_CONFIRMED' }),
    ]);
  });
});
