import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { openRawSocket } from '../../testing/raw-socket.ts';
import { openTestPort } from '../../testing/test-port.ts';
import { http2Preface } from './preface.ts';

const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** Milliseconds until `done` resolves. */
async function elapsed(done: Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await done;
  return performance.now() - startedAtMs;
}

describe('a connection', () => {
  it('that stays silent is closed after the preface timeout', async () => {
    await using opened = await openTestPort({ settings: { prefaceTimeoutMs: 60 } });
    const client = await openRawSocket(opened.port.port);
    expect(await elapsed(client.closed)).toBeGreaterThan(40);
    expect(client.received()).toBe('');
  });

  it('cannot put that off by sending the preface byte by byte', async () => {
    await using opened = await openTestPort({ settings: { prefaceTimeoutMs: 80 } });
    const client = await openRawSocket(opened.port.port);
    let sent = 0;
    const trickle = setInterval(() => client.socket.write(http2Preface.subarray(sent, ++sent)), 10);
    expect(await client.closed).toBe('');
    clearInterval(trickle);
    expect(sent).toBeLessThan(http2Preface.length);
  });

  it('whose request header never ends is answered with 408', async () => {
    await using opened = await openTestPort({ settings: { headersTimeoutMs: 80 } });
    const client = await openRawSocket(opened.port.port);
    await client.send('GET / HTTP/1.1\r\n', 'host: x\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1.1 408 Request Timeout/);
  });

  it('whose request body never ends is answered with 408', async () => {
    await using opened = await openTestPort({ requestTimeoutMs: 80 });
    const client = await openRawSocket(opened.port.port);
    await client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc');
    expect(await client.closed).toMatch(/^HTTP\/1.1 408 Request Timeout/);
  });

  it('with too large a header is answered with 431', async () => {
    await using opened = await openTestPort({ settings: { maxHeaderBytes: 2_048 } });
    const client = await openRawSocket(opened.port.port);
    await client.send(`GET / HTTP/1.1\r\nhost: x\r\nlarge: ${'x'.repeat(3_000)}\r\n\r\n`);
    expect(await client.closed).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large/);
    expect(opened.requests).toEqual([]);
  });

  it('waits for a next request as long as it may', async () => {
    await using opened = await openTestPort({ settings: { keepAliveTimeoutMs: 1_000 } });
    const client = await openRawSocket(opened.port.port);
    await client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await vi.waitFor(() => expect(client.received()).toContain('Keep-Alive: timeout=1\r\n'));
    client.socket.destroy();
  });

  it('too many is turned away, and the log says so once', async () => {
    await using opened = await openTestPort({ settings: { maxConnections: 2 } });
    const first = await openRawSocket(opened.port.port);
    const second = await openRawSocket(opened.port.port);
    const refused = [await openRawSocket(opened.port.port), await openRawSocket(opened.port.port)];
    expect(await Promise.all(refused.map(({ closed }) => closed))).toEqual(['', '']);
    await second.send('GET /still HTTP/1.1\r\nhost: x\r\n\r\n');
    await vi.waitFor(() => expect(second.received()).toContain('GET /still'));
    expect(opened.logLines).toMatchObject([{ maxConnections: 2, msg: expect.stringContaining('too many') }]);
    first.socket.destroy();
    second.socket.destroy();
  });
});

describe('a connection of HTTP/2', () => {
  it('is told the limits', async () => {
    await using opened = await openTestPort({
      settings: { maxStreams: 7, windowBytes: 300_000, maxHeaderBytes: 4_096 },
    });
    const session = connect(`http://127.0.0.1:${opened.port.port}`);
    const [settings] = await once(session, 'remoteSettings');
    expect(settings).toMatchObject({
      maxConcurrentStreams: 7,
      initialWindowSize: 300_000,
      maxHeaderListSize: 4_096,
    });
    // The window of the connection comes by a frame of its own.
    await vi.waitFor(() => expect(session.state.remoteWindowSize).toBe(1_200_000));
    session.close();
  });

  it('with too large a header has that request reset, and goes on', async () => {
    await using opened = await openTestPort({ settings: { maxHeaderBytes: 2_048 } });
    const session = connect(`http://127.0.0.1:${opened.port.port}`);
    // The limit holds from the moment the client has acknowledged it.
    expect(await text(session.request({ ':path': '/first' }))).toBe('HTTP/2.0 GET /first');
    const large = session.request({ ':path': '/large', large: 'x'.repeat(3_000) });
    const [error] = await once(large, 'error');
    expect(error.message).toContain('ENHANCE_YOUR_CALM');
    expect(await text(session.request({ ':path': '/small' }))).toBe('HTTP/2.0 GET /small');
    expect(opened.requests).toEqual(['HTTP/2.0 GET /first', 'HTTP/2.0 GET /small']);
    session.close();
  });

  it('without requests is closed after the idle timeout, with a GOAWAY', async () => {
    await using opened = await openTestPort({ settings: { idleTimeoutMs: 60 } });
    const session = connect(`http://127.0.0.1:${opened.port.port}`);
    const goaway = once(session, 'goaway');
    expect(await elapsed(once(session, 'close'))).toBeGreaterThan(40);
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('with a request under way outlives the idle timeout', async () => {
    const answers: (() => void)[] = [];
    await using opened = await openTestPort({
      settings: { idleTimeoutMs: 20, pingIntervalMs: 20 },
      listener: (_, outgoing) => answers.push(() => outgoing.end('late')),
    });
    const session = connect(`http://127.0.0.1:${opened.port.port}`);
    const pings = vi.fn();
    session.on('ping', pings);
    const answer = text(session.request({ ':path': '/' }));
    // Each ping is answered by the client, which keeps the connection.
    await vi.waitFor(() => expect(pings.mock.calls.length).toBeGreaterThan(5));
    answers[0]?.();
    expect(await answer).toBe('late');
    session.close();
  });

  it('whose client stopped to answer pings is cut off, and its request aborted', async () => {
    const aborted = Promise.withResolvers<void>();
    await using opened = await openTestPort({
      settings: { pingIntervalMs: 30, pingTimeoutMs: 30 },
      listener: (incoming) => incoming.once('aborted', () => aborted.resolve()),
    });
    // By hand, because a library would answer. HEADERS that end header and stream: GET, /, http, and x for authority.
    const client = await openRawSocket(opened.port.port);
    const headers = Buffer.from([0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x86, 0x41, 1, 0x78]);
    await client.send(http2Preface, emptySettings, headers);
    await vi.waitFor(() => expect(opened.requests).toEqual(['HTTP/2.0 GET /']));
    await client.closed;
    await aborted.promise;
  });

  it('whose request header never ends is closed', async () => {
    await using opened = await openTestPort({
      settings: { idleTimeoutMs: 30, pingTimeoutMs: 30, lingerMs: 10 },
    });
    const client = await openRawSocket(opened.port.port);
    // HEADERS of 200 bytes, of which three come.
    const cut = Buffer.from([0, 0, 200, 1, 4, 0, 0, 0, 1, 0x82, 0x84, 0x86]);
    await client.send(http2Preface, emptySettings, cut);
    await client.closed;
    expect(opened.requests).toEqual([]);
  });

  it('that floods with resets is closed', async () => {
    await using opened = await openTestPort({ listener: () => {} });
    const session = connect(`http://127.0.0.1:${opened.port.port}`);
    const errors: Error[] = [];
    session.on('error', (error) => errors.push(error));
    const closed = new Promise((resolve) => session.once('close', resolve));
    const flood = (): void => {
      for (let n = 0; n < 100 && !session.closed && !session.destroyed; n++) {
        const stream = session.request({ ':path': '/' }, { endStream: true });
        stream.on('error', () => {});
        stream.close(constants.NGHTTP2_CANCEL);
      }
      if (!session.destroyed && !session.closed) setImmediate(flood);
    };
    session.once('connect', flood);
    await closed;
    expect(errors).toMatchObject([{ code: 'ERR_HTTP2_SESSION_ERROR' }]);
    expect(opened.requests.length).toBeLessThan(10_000);
  });
});
