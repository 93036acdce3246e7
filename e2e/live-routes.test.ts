import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProto } from './system/compile-proto.ts';
import { type System, startSystem } from './system/start-system.ts';
import { waitUntil } from './system/wait-until.ts';
import { startWorkerProcess, type WorkerProcess } from './system/worker-process.ts';

const contract = `
syntax = "proto3";
package quote.v1;
import "google/api/annotations.proto";
service QuoteService {
  rpc GetQuote(GetQuoteRequest) returns (Quote) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (google.api.http) = {get: "/v1/quotes/{topic}"};
  }
}
message GetQuoteRequest {
  string topic = 1;
}
message Quote {
  string text = 1;
  string instance = 2;
}
`;

let system: System;
let folder: string;
let descriptors: string;
const workers: WorkerProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-e2e-'));
  [system, descriptors] = await Promise.all([
    startSystem({ workers: { orders: 0, payments: 0, inventory: 0 } }),
    compileProto(folder, 'quote/v1/quote.proto', contract),
  ]);
});
afterAll(async () => {
  for (const worker of workers) worker.signal('SIGKILL');
  await Promise.all(workers.map(({ exited }) => exited));
  await system?.stop();
  await rm(folder, { recursive: true });
});

async function startQuotes(): Promise<WorkerProcess> {
  const worker = await startWorkerProcess({
    entry: fileURLToPath(new URL('system/quote-worker.ts', import.meta.url)),
    natsUrl: system.stack.natsUrl,
    env: { DESCRIPTORS: descriptors },
  });
  workers.push(worker);
  return worker;
}

const rest = () => system.send('GET /v1/quotes/tests');
const connect = () => system.send('POST /quote.v1.QuoteService/GetQuote', { body: { topic: 'tests' } });
const edgePid = () => system.stack.processes().find(({ name }) => name === 'edge-1')?.pid;

describe('a worker that nobody knew before', () => {
  it('is reached within a second of its start, and its routes outlive its last instance', async () => {
    const edge = edgePid();
    expect([(await rest()).status, (await connect()).status]).toEqual([404, 404]);

    const first = await startQuotes();
    await waitUntil('REST answers', async () => (await rest()).status === 200, 1_000);
    await waitUntil('Connect answers', async () => (await connect()).status === 200, 1_000);
    expect(performance.now() - first.readyAtMs).toBeLessThan(1_000);
    const quote = { text: 'On tests: less is more.', instance: expect.any(String) };
    expect((await rest()).json).toEqual(quote);
    expect((await connect()).json).toEqual(quote);
    expect((await system.send('GET /')).text).toContain('GET /v1/quotes/{topic}');

    // A second instance shares the calls with the first, and one of them is enough.
    const second = await startQuotes();
    const seen = new Set<unknown>();
    await waitUntil('both instances answer', async () => {
      seen.add(((await rest()).json as { instance: string }).instance);
      return seen.size === 2;
    });
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    expect([(await rest()).status, (await connect()).status]).toEqual([200, 200]);

    second.signal('SIGTERM');
    expect(await second.exited).toBe(0);
    const gone = await rest();
    expect(gone).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      json: { code: 'UNAVAILABLE', details: [{ reason: 'NO_RESPONDERS', domain: 'busline' }] },
    });
    expect(gone.elapsedMs).toBeLessThan(1_000);
    expect(await connect()).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect((await system.send('GET /')).text).toContain('GET /v1/quotes/{topic}');

    await startQuotes();
    expect([(await rest()).status, (await connect()).status]).toEqual([200, 200]);
    expect(edgePid()).toBe(edge);
  });

  it('leaves the other services as they were', async () => {
    expect((await system.send('GET /v1/hello/Ada')).json).toMatchObject({ greeting: 'Hello, Ada!' });
  });
});
