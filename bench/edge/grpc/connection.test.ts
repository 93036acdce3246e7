import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { NoteService } from '@busline/schemas/busline/bench/v1/note';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNoteSender } from '../note-sender.ts';

const PATH = `/${NoteService.typeName}/EchoNote`;
const server = createServer(
  connectNodeAdapter({
    routes: (router) =>
      router.service(NoteService, {
        echoNote({ id, text, priority }) {
          if (text === 'fail') throw new ConnectError('on purpose', Code.Unavailable);
          return { id, text: text === 'change' ? 'changed' : text, priority };
        },
      }),
  }),
);

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

const open = (text: string) => {
  const { port } = server.address() as AddressInfo;
  return openNoteSender({ port, path: PATH, format: 'grpc', text, atOnce: 8 });
};

describe('notes by gRPC', () => {
  it.each([
    ['small ones', 8, 'hello'],
    // Together more than the window that a connection begins with, so that some have to wait.
    ['large ones', 64, 'x'.repeat(4096)],
  ])('come back, many at a time on one connection: %s', async (_what, count, text) => {
    const sender = await open(text);
    try {
      for (const _round of [1, 2]) {
        await expect(Promise.all(Array.from({ length: count }, () => sender.send()))).resolves.toHaveLength(
          count,
        );
      }
    } finally {
      sender.close();
    }
  });

  it.each([
    ['fail', 'an answer carries no message'],
    ['change', 'an answer is not the note'],
  ])('reject an answer that is wrong: %s', async (text, problem) => {
    const sender = await open(text);
    try {
      await expect(sender.send()).rejects.toThrow(problem);
    } finally {
      sender.close();
    }
  });

  it('reject when the connection is lost', async () => {
    const sender = await open('hello');
    await sender.send();
    const answer = sender.send();
    sender.close();
    await expect(answer).rejects.toThrow('the server closed the connection');
    await expect(sender.send()).rejects.toThrow('the connection is closed');
  });
});
