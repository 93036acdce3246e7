import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort, startNatsServer } from '../nats/index.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { parseGreeting, parseNatsUrl, probeNats, withoutPassword } from './probe-nats.ts';

/** Something that says `text` to whoever connects. */
async function serve(text: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(text);
  });
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `nats://127.0.0.1:${port}`;
}

async function startServer(jetStream?: false) {
  const server = await startNatsServer({
    directory: await temporaryDirectory(),
    config: { port: 0 },
    ...(jetStream === false && { jetStream }),
  });
  onTestFinished(async () => await server.stop());
  return server;
}

describe('probeNats()', () => {
  it('reads the version of a running server', async () => {
    const { url, server } = await startServer();
    expect(await probeNats(url)).toEqual({ version: server.version, jetStream: true });
  });

  it('is content with one of several addresses', async () => {
    const { url } = await startServer();
    expect(await probeNats(`nats://127.0.0.1:${await findFreePort()}, ${url}`)).toMatchObject({
      jetStream: true,
    });
  });

  it('knows nothing of a server that waits for TLS', async () => {
    expect(await probeNats(await serve(''), 100)).toBeUndefined();
  });

  it.each([
    [
      'an old server',
      'INFO {"version":"2.9.1","jetstream":true}\r\n',
      'is version 2.9.1, older than the required 2.11.0',
    ],
    ['something else', 'HTTP/1.1 400 Bad Request\r\n', 'something answers there, but not NATS'],
  ])('refuses %s', async (_case, greeting, message) => {
    await expect(probeNats(await serve(greeting))).rejects.toThrow(message);
  });

  it('refuses a server without JetStream', async () => {
    await expect(probeNats((await startServer(false)).url)).rejects.toThrow('runs without JetStream');
  });

  it('names what does not answer, without its password, and what to do', async () => {
    const port = await findFreePort();
    const failing = probeNats(`nats://user:secret@127.0.0.1:${port},not an address`);
    await expect(failing).rejects.toThrow(
      [
        'NATS_URL names no usable NATS server.',
        `  nats://127.0.0.1:${port}: ECONNREFUSED`,
        '  not an address: not an address such as nats://127.0.0.1:4222',
        'Correct or start it, or unset NATS_URL to have one started.',
      ].join('\n'),
    );
  });
});

describe('parseNatsUrl()', () => {
  it.each([
    ['nats://127.0.0.1:4333', { host: '127.0.0.1', port: 4333 }],
    ['nats://localhost', { host: 'localhost', port: 4222 }],
    ['localhost:4333', { host: 'localhost', port: 4333 }],
    ['tls://user:pass@nats.example:4443', { host: 'nats.example', port: 4443 }],
    ['nats://[::1]:4222', { host: '::1', port: 4222 }],
  ])('%s', (url, address) => {
    expect(parseNatsUrl(url)).toEqual(address);
  });
});

describe('parseGreeting()', () => {
  it.each([
    ['INFO {"version":"2.15.1","jetstream":true}', { version: '2.15.1', jetStream: true }],
    ['INFO {"version":"2.15.1"}', { version: '2.15.1', jetStream: false }],
    ['INFO {}', undefined],
    ['-ERR', undefined],
  ])('%s', (line, greeting) => {
    expect(parseGreeting(line)).toEqual(greeting);
  });
});

describe('withoutPassword()', () => {
  it.each([
    ['nats://a:b@h:1,nats://c:d@i:2', 'nats://h:1,nats://i:2'],
    ['nats://h:1', 'nats://h:1'],
  ])('%s', (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });
});
