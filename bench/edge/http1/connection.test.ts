import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Http1Connection, http1Post, openHttp1Connection } from './connection.ts';

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const end of cleanup.splice(0)) end();
});

/** A connection to a server that answers every request by `answer`. */
async function connectionTo(answer: (socket: Socket, request: string) => void): Promise<Http1Connection> {
  const server = createServer((socket) => {
    cleanup.push(() => socket.destroy());
    socket.setNoDelay(true);
    socket.on('data', (request) => answer(socket, request.toString()));
  }).listen(0, '127.0.0.1');
  cleanup.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = await openHttp1Connection({
    port,
    request: http1Post('/v1/notes', 'application/json', Buffer.from('{}')),
    check(body) {
      if (body.toString() !== 'right') throw new Error(`refused: ${body}`);
    },
  });
  cleanup.push(() => connection.close());
  return connection;
}
const RIGHT = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright';

describe('openHttp1Connection()', () => {
  it('sends the same request again and again on one connection', async () => {
    const requests: string[] = [];
    const connection = await connectionTo((socket, request) => {
      requests.push(request);
      socket.write(RIGHT);
    });
    await connection.send();
    await connection.send();
    const request =
      'POST /v1/notes HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
    expect(requests).toEqual([request, request]);
  });

  it('puts an answer together that comes in pieces', async () => {
    const connection = await connectionTo((socket) => {
      socket.write(RIGHT.slice(0, 20), () =>
        setImmediate(() => socket.write(RIGHT.slice(20, -2), () => setImmediate(() => socket.write('ht')))),
      );
    });
    await connection.send();
    await expect(connection.send()).resolves.toBeUndefined();
  });

  it.each([
    ['another status', 'HTTP/1.1 503 -\r\ncontent-length: 4\r\n\r\nbusy', 'status 503: busy'],
    ['an answer that is refused', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong', 'refused: wrong'],
    ['no HTTP', 'hello\r\n\r\n', 'not an HTTP/1.1 answer'],
  ])('fails on %s, and sends nothing more', async (_what, answer, problem) => {
    const connection = await connectionTo((socket) => socket.write(answer));
    await expect(connection.send()).rejects.toThrow(problem);
    await expect(connection.send()).rejects.toThrow('the connection is closed');
  });

  it('fails when the server closes the connection instead of answering', async () => {
    const connection = await connectionTo((socket) => socket.end());
    await expect(connection.send()).rejects.toThrow('the server closed the connection');
  });

  it('fails where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const opening = openHttp1Connection({ port, request: Buffer.from(''), check: () => {} });
    await expect(opening).rejects.toThrow('ECONNREFUSED');
  });
});
