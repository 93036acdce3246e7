import { faultReason, implement } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { Code, createClient } from '@connectrpc/connect';
import { connect as dial } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echoClient, failureOf, type System, startSystem } from './system.ts';

const mib = 1024 * 1024;

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => system.reset());
afterAll(() => system.close());

async function serveEcho(size?: number) {
  const server = await system.connect();
  await server.serve({
    name: 'echo',
    version: '1.0.0',
    services: [
      implement(EchoService, {
        echo({ payload }, context) {
          context.responseHeader.set('x-head', context.requestHeader.get('x-head') ?? '');
          context.responseTrailer.set('x-trail', 't');
          return { payload: size === undefined ? payload : new Uint8Array(size).fill(7) };
        },
      }),
    ],
  });
}

describe('a unary call of any size', () => {
  it.each([
    ['both ways just below the limit of the broker', mib - 40_000, undefined],
    ['both ways just above it', mib + 1, undefined],
    ['both ways, 10 MiB', 10 * mib, undefined],
    ['a small request and a reply of 16 MiB', 10, 16 * mib - 100],
    ['a request of 16 MiB and a small reply', 16 * mib - 100, 3],
  ])('%s', async (_, requestSize, replySize) => {
    await serveEcho(replySize);
    const seen: (string | null)[] = [];
    const payload = new Uint8Array(requestSize).fill(9);
    const reply = await echoClient(await system.connect()).echo(
      { payload },
      {
        headers: { 'x-head': 'h' },
        onHeader: (header) => seen.push(header.get('x-head')),
        onTrailer: (trailer) => seen.push(trailer.get('x-trail')),
      },
    );
    const expected = replySize === undefined ? payload : new Uint8Array(replySize).fill(7);
    expect(Buffer.compare(reply.payload, expected)).toBe(0);
    expect(seen).toEqual(['h', 't']);
  });

  it('above 16 MiB is refused, naming size and limit', async () => {
    await serveEcho(17 * mib);
    const client = echoClient(await system.connect());
    const up = await failureOf(client.echo({ payload: new Uint8Array(17 * mib) }));
    expect([up.code, faultReason(up)]).toEqual([Code.ResourceExhausted, 'MESSAGE_TOO_LARGE']);
    expect(up.rawMessage).toMatch(/178257\d\d bytes .* 16777216/);
    const down = await failureOf(client.echo({}));
    expect([down.code, faultReason(down)]).toEqual([Code.ResourceExhausted, 'MESSAGE_TOO_LARGE']);
  });

  it('many at once, with small ones between them', async () => {
    await serveEcho();
    const client = echoClient(await system.connect());
    const sizes = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? 2 * mib + n : n));
    const replies = await Promise.all(
      sizes.map((size) => client.echo({ payload: new Uint8Array(size).fill(size % 251) })),
    );
    expect(replies.map(({ payload }) => [payload.length, payload.at(-1)])).toEqual(
      sizes.map((size) => [size, size === 0 ? undefined : size % 251]),
    );
  });

  it('a reply above the limit of the broker for a caller without streams is an error it understands', async () => {
    await serveEcho(2 * mib);
    const stranger = await dial({ servers: system.nats.url });
    const reply = await stranger.request('rpc.u.busline.bench.v1.EchoService.Echo', new Uint8Array(0));
    expect(reply.headers?.get('Nats-Service-Error-Code')).toBe('8');
    await stranger.close();
  });

  it('has the limit that caller and service set', async () => {
    const server = await system.connect();
    await server.serve({
      name: 'echo',
      version: '1.0.0',
      services: [
        implement(EchoService, { echo: ({ payload }) => ({ payload }) }, { maxMessageBytes: 24 * mib }),
      ],
    });
    const bus = await system.connect();
    const large = createClient(EchoService, bus.transport({ maxMessageBytes: 24 * mib }));
    expect((await large.echo({ payload: new Uint8Array(20 * mib) })).payload).toHaveLength(20 * mib);
    const small = createClient(EchoService, bus.transport({ maxMessageBytes: 2 * mib }));
    const error = await failureOf(small.echo({ payload: new Uint8Array(3 * mib) }));
    expect(error.rawMessage).toMatch(/31457\d\d bytes .* 2097152/);
  });
});
