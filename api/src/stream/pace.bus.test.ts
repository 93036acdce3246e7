import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EdgeFixture, startEdgeFixture } from '../../testing/edge-fixture.ts';
import { type EdgePorts, openEdgePorts } from '../../testing/edge-port.ts';
import { envelope } from '../protocols/envelope/prefix.ts';

// However fast one side is and however slow the other, what lies between them is bounded.
const mib = 1024 * 1024;

let replies = 0;
let aborted = Promise.withResolvers<void>();
let edge: EdgeFixture;
let ports: EdgePorts;
beforeAll(async () => {
  edge = await startEdgeFixture({
    observer: { onReply: () => void replies++, onAborted: () => aborted.resolve() },
  });
  ports = await openEdgePorts(edge.app);
});
afterAll(async () => {
  await ports[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
});

/** The value of a counter that has stopped growing. */
async function settled(counter: () => number): Promise<number> {
  let last = 0;
  await vi.waitFor(
    () => {
      const before = last;
      last = counter();
      expect([last > 0, last]).toEqual([true, before]);
    },
    { interval: 200, timeout: 15_000 },
  );
  return last;
}

const sink = (fields: Record<string, unknown>): Buffer => {
  const desc = edge.sink.message('Sink');
  return Buffer.concat(envelope(0, toBinary(desc, create(desc, fields))));
};
const path = (method: string): string => `/test.sink.v1.SinkService/${method}`;
/** 64 KiB, sent back 20 000 times: 1.2 GiB if nobody stopped it. */
const flood = () => sink({ text: 'x'.repeat(64 * 1024), int32Value: 20_000 });
const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };

describe('a client that does not read', () => {
  it('stops the worker at a bounded distance, by HTTP/2, and lets it go on', async () => {
    replies = 0;
    const session = connectHttp2(ports.http2);
    const stream = session.request({ ...grpc, ':path': path('Watch') });
    stream.end(flood());
    await once(stream, 'response');
    const sent = await settled(() => replies);
    expect((sent * 64 * 1024) / mib).toBeLessThan(8);
    let read = 0;
    stream.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await vi.waitFor(() => expect(read).toBeGreaterThan(16 * mib), { timeout: 10_000 });
    expect(replies).toBeGreaterThan(sent);
    session.destroy();
  });

  it('stops the worker at a bounded distance, by HTTP/1.1', async () => {
    replies = 0;
    const { hostname, port } = new URL(ports.http1);
    const socket: Socket = connectSocket(Number(port), hostname);
    socket.on('error', () => undefined);
    const body = flood();
    socket.write(
      `POST ${path('Watch')} HTTP/1.1\r\nHost: edge\r\nContent-Type: application/connect+proto\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    socket.pause();
    const sent = await settled(() => replies);
    // The kernel's buffers of a loopback connection hold some megabytes too.
    expect((sent * 64 * 1024) / mib).toBeLessThan(32);
    socket.destroy();
  });
});

describe('a worker that does not read', () => {
  it('stops the client at a bounded distance', async () => {
    aborted = Promise.withResolvers();
    const session = connectHttp2(ports.http2);
    const stream = session.request({ ...grpc, ':path': path('Chat') });
    stream.on('error', () => undefined);
    stream.write(sink({ text: 'hang' }));
    const message = sink({ text: 'x'.repeat(mib) });
    for (let i = 0; i < 64; i++) stream.write(message);
    await once(session, 'connect');
    const { socket } = session;
    const sent = await settled(() => socket?.bytesWritten ?? 0);
    expect(sent / mib).toBeLessThan(16);
    stream.close(8);
    await aborted.promise;
    session.destroy();
  });
});

describe('a client that stops in the middle of its request', () => {
  it.each([
    ['Echo', { 'grpc-timeout': '100m' }],
    ['Watch', { 'grpc-timeout': '100m' }],
  ])('is answered at its deadline: %s', async (method, fields) => {
    const session = connectHttp2(ports.http2);
    const stream = session.request({ ...grpc, ...fields, ':path': path(method) });
    stream.write(sink({ text: 'half' }).subarray(0, 7));
    const [header] = await once(stream, 'response');
    expect(header['grpc-status']).toBe('4');
    session.destroy();
  });
});
