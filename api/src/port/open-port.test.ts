import { once } from 'node:events';
import { request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { openRawSocket } from '../../testing/raw-socket.ts';
import { openTestPort } from '../../testing/test-port.ts';
import { http2Preface } from './preface.ts';

const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

async function get(session: ClientHttp2Session, path: string): Promise<string> {
  return text(session.request({ ':path': path }));
}

describe('one cleartext port', () => {
  it('speaks HTTP/1.1 and HTTP/2', async () => {
    await using opened = await openTestPort();
    const origin = `http://127.0.0.1:${opened.port.port}`;
    expect(await (await fetch(`${origin}/one`)).text()).toBe('HTTP/1.1 GET /one');
    const session = connect(origin);
    expect(await get(session, '/two')).toBe('HTTP/2.0 GET /two');
    session.close();
  });

  it('waits for the whole preface, however it is cut', async () => {
    await using opened = await openTestPort();
    const client = await openRawSocket(opened.port.port);
    const bytes = [...http2Preface].map((byte) => Uint8Array.of(byte));
    await client.send(...bytes, emptySettings);
    // The server's SETTINGS: nine bytes of head, of type 4 on stream 0.
    await vi.waitFor(() => expect(client.received().charCodeAt(3)).toBe(4));
    client.socket.destroy();
  });

  it('loses nothing of what came before it decided', async () => {
    await using opened = await openTestPort();
    const client = await openRawSocket(opened.port.port);
    await client.send(
      'P',
      'OST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nab',
      'cGET /b HTTP/1.1\r\nhost: x\r\n\r\n',
    );
    await vi.waitFor(() => expect(client.received()).toMatch(/HTTP\/1.1 POST \/a[\s\S]*HTTP\/1.1 GET \/b$/));
    client.socket.destroy();
  });

  it('answers what is neither with 400, as HTTP/1', async () => {
    await using opened = await openTestPort();
    const client = await openRawSocket(opened.port.port);
    await client.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    expect(await client.closed).toMatch(/^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n\r\n$/);
    expect(opened.requests).toEqual([]);
  });

  it('takes no notice of a wish to upgrade to h2c', async () => {
    await using opened = await openTestPort();
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
    const call = request({ port: opened.port.port, host: '127.0.0.1', path: '/up', headers }).end();
    const [response] = await once(call, 'response');
    expect([response.statusCode, await text(response)]).toEqual([200, 'HTTP/1.1 GET /up']);
  });

  it('forgets a client that hangs up before it said anything', async () => {
    await using opened = await openTestPort();
    const client = await openRawSocket(opened.port.port);
    await client.send('PRI * ');
    client.socket.end();
    expect(await client.closed).toBe('');
  });
});
