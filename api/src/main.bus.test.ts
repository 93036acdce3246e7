import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EdgeProcess, forkEdge, startEdgeProcess } from '../testing/edge-process.ts';
import { loadKitchenSink } from '../testing/kitchen-sink.ts';
import { sinkService } from '../testing/sink-service.ts';

let nats: TestNats;
let worker: Bus;
const events = { started: 0, aborted: 0 };

beforeAll(async () => {
  nats = await startNats();
  worker = await connect({ servers: nats.url, logger: pino({ level: 'silent' }) });
  const observer = { onStarted: () => void events.started++, onAborted: () => void events.aborted++ };
  await worker.serve({
    name: 'sink',
    version: '1.0.0',
    services: [sinkService(loadKitchenSink(), observer)],
  });
});
afterAll(async () => {
  await worker.drain();
  await nats.stop();
});

async function withEdge(
  run: (edge: EdgeProcess) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const edge = await startEdgeProcess({ NATS_URL: nats.url, ...env });
  try {
    await run(edge);
  } finally {
    edge.child.kill('SIGKILL');
    await edge.exited;
  }
}

describe('an edge process', () => {
  it('serves over a socket, also bodies of unknown length', () =>
    withEdge(async ({ url }) => {
      const chunks = ['{"text":', '"chunked"}'];
      const body = new ReadableStream({
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk === undefined) controller.close();
          else controller.enqueue(Buffer.from(chunk));
        },
      });
      const init = {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { 'content-type': 'application/json' },
      } as const;
      const response = await fetch(`${url}/v1/sinks`, init);
      expect(await response.json()).toEqual({ text: 'chunked' });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(await (await fetch(`${url}/v1/groups/%61/sinks/b%2Fc`)).json()).toEqual({
        text: 'groups/a/sinks/b%2Fc',
      });
      const head = await fetch(`${url}/v1/sinks/abc`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '14', '']);
    }));

  it('lets nobody in unless it is told to', () =>
    withEdge(
      async ({ url, output }) => {
        const response = await fetch(`${url}/v1/sinks/x`);
        expect([response.status, await response.json()]).toEqual([
          401,
          expect.objectContaining({ detail: expect.stringContaining('not configured to know anybody') }),
        ]);
        expect((await fetch(`${url}/readyz`)).status).toBe(200);
        await vi.waitFor(() => expect(output()).toContain('no authentication is configured'));
        // Probes have no credentials; reflection is a method like any other.
        const call = async (procedure: string, type: string) =>
          (
            await fetch(`${url}/${procedure}`, {
              method: 'POST',
              body: '{}',
              headers: { 'content-type': type },
            })
          ).text();
        expect(await call('grpc.health.v1.Health/Check', 'application/json')).toBe('{"status":"SERVING"}');
        expect(
          await call('grpc.reflection.v1.ServerReflection/ServerReflectionInfo', 'application/connect+json'),
        ).toContain('"unauthenticated"');
        // The answer does not wait for a body that has been announced.
        const upload = httpRequest(`${url}/v1/sinks`, {
          method: 'POST',
          headers: { 'content-length': '1000' },
        });
        upload.on('error', () => {}).flushHeaders();
        const [early] = await once(upload, 'response');
        expect(early.statusCode).toBe(401);
        upload.destroy();
      },
      { EDGE_ACCESS: '' },
    ));

  it('is opened to the network only by a setting that says so', async () => {
    const refused = forkEdge({ NATS_URL: nats.url, PORT: '0', HOST: '0.0.0.0' });
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('HOST must be a loopback address');
  });

  it('counts callers by the address that its proxy tells', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'busline-edge-'));
    const config = join(folder, 'edge.json');
    const rateLimits = { default: { requests: 1, perSeconds: 3600 } };
    writeFileSync(config, JSON.stringify({ rateLimits, trustedProxies: ['loopback'] }));
    await withEdge(
      async ({ url }) => {
        const statusFrom = async (address: string) =>
          (await fetch(`${url}/v1/sinks/x`, { headers: { 'x-forwarded-for': address } })).status;
        expect(await statusFrom('203.0.113.7')).toBe(200);
        expect(await statusFrom('203.0.113.7')).toBe(429);
        expect(await statusFrom('203.0.113.8')).toBe(200);
        expect((await fetch(`${url}/livez`)).status).toBe(200);
      },
      { EDGE_CONFIG: config },
    );
    rmSync(folder, { recursive: true });
  });

  it('ends a body of unknown length at the limit', () =>
    withEdge(
      async ({ url }) => {
        const upload = httpRequest(`${url}/v1/sinks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        });
        upload.on('error', () => {});
        upload.write('x'.repeat(600));
        upload.write('x'.repeat(600));
        const [response] = await once(upload, 'response');
        expect(response.statusCode).toBe(413);
        upload.destroy();
      },
      { MAX_BODY_BYTES: '1000' },
    ));

  it('cancels the call of a client that hangs up', () =>
    withEdge(async ({ url }) => {
      const before = { ...events };
      const call = httpRequest(`${url}/v1/sinks/hang`).on('error', () => {});
      call.end();
      await vi.waitFor(() => expect(events.started).toBe(before.started + 1));
      call.destroy();
      await vi.waitFor(() => expect(events.aborted).toBe(before.aborted + 1));
    }));

  it('finishes what is under way when told to leave', () =>
    withEdge(async ({ url, child, exited }) => {
      const agent = new Agent({ keepAlive: true });
      const timed = (timeout: string) =>
        new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
          const options = { agent, headers: { 'grpc-timeout': timeout } };
          const call = httpRequest(`${url}/v1/sinks/hang`, options, (response) => {
            response.resume();
            response.on('end', () =>
              resolve({ status: response.statusCode, connection: response.headers.connection }),
            );
          });
          call.on('error', reject);
          call.end();
        });
      const before = events.started;
      const calls = Array.from({ length: 10 }, () => timed('1S'));
      await vi.waitFor(() => expect(events.started).toBe(before + 10));
      child.kill('SIGTERM');
      // Each gets its own answer, the deadline it asked for, and is told to connect elsewhere.
      expect(await Promise.all(calls)).toEqual(
        Array.from({ length: 10 }, () => ({ status: 504, connection: 'close' })),
      );
      expect(await exited).toBe(0);
      agent.destroy();
      await expect(fetch(`${url}/livez`)).rejects.toThrow();
    }));

  it('cuts off what is still under way after the grace', () =>
    withEdge(
      async ({ url, child, exited }) => {
        const before = events.started;
        const call = fetch(`${url}/v1/sinks/hang`).then(
          () => 'answered',
          () => 'cut off',
        );
        await vi.waitFor(() => expect(events.started).toBe(before + 1));
        child.kill('SIGTERM');
        expect(await call).toBe('cut off');
        expect(await exited).toBe(0);
      },
      { SHUTDOWN_GRACE_MS: '50' },
    ));

  it('leaves when its parent is gone', () =>
    withEdge(async ({ child, exited }) => {
      child.disconnect();
      expect(await exited).toBe(0);
    }));

  it('is ready as long as the bus is', () =>
    withEdge(async ({ url }) => {
      const readyz = async () => {
        const response = await fetch(`${url}/readyz`);
        return [response.status, await response.json()];
      };
      expect(await readyz()).toEqual([200, { status: 'ready', services: 1 }]);
      nats.kill();
      await vi.waitFor(async () =>
        expect(await readyz()).toEqual([503, { status: 'unready', reason: 'the bus is disconnected' }]),
      );
      const during = await fetch(`${url}/v1/sinks/x`);
      expect([during.status, await during.json()]).toEqual([
        503,
        expect.objectContaining({ code: 'UNAVAILABLE' }),
      ]);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      await nats.restart();
      await vi.waitFor(
        async () => expect(await readyz()).toEqual([200, { status: 'ready', services: 1 }]),
        10_000,
      );
      await vi.waitFor(async () => expect((await fetch(`${url}/v1/sinks/x`)).status).toBe(200), 10_000);
    }));

  it('says why it could not start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const busy = forkEdge({ NATS_URL: nats.url, PORT: String(port) });
    expect(await busy.exited).toBe(1);
    expect(busy.output()).toContain('EADDRINUSE');
    taken.close();

    const misconfigured = forkEdge({ NATS_URL: nats.url, PORT: 'http' });
    expect(await misconfigured.exited).toBe(1);
    expect(misconfigured.output()).toContain('PORT must be a whole number from 0 to 65535');
  });
});
