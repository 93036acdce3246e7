import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createTestCertificates, type KeyPair, type TestCertificates } from '@busline/bus/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRawSocket } from '../../testing/raw-socket.ts';
import { openTestPort, type TestPort } from '../../testing/test-port.ts';
import type { TlsSettings } from './settings.ts';

const ours = createTestCertificates();
const others = createTestCertificates();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busline-tls-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function tlsFiles(
  name: string,
  { cert, key }: KeyPair,
  more: Partial<TlsSettings> = {},
): Promise<TlsSettings> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
  return {
    certFile,
    keyFile,
    clientCaFile: undefined,
    clientCert: 'require',
    reloadIntervalMs: 60_000,
    ...more,
  };
}

async function clientCaFile(): Promise<string> {
  const file = join(folder, 'clients.crt');
  await writeFile(file, ours.ca);
  return file;
}

interface Caller {
  readonly ca?: string;
  readonly client?: KeyPair;
}

/** One request of HTTP/1.1 over TLS. */
async function getHttp1({ port }: TestPort, { ca = ours.ca, client }: Caller = {}): Promise<string> {
  const options = { host: '127.0.0.1', port: port.port, path: '/', ca, agent: false, ...client };
  const call = request(options).end();
  const [response] = await once(call, 'response');
  return text(response);
}

/** One of HTTP/2. Rejects when the connection fails. */
async function getHttp2({ port }: TestPort, { ca = ours.ca, client }: Caller = {}): Promise<string> {
  const session = connect(`https://127.0.0.1:${port.port}`, { ca, ...client });
  try {
    const closed = new Promise<never>((_, reject) => {
      session.once('error', reject).once('close', () => reject(new Error('the connection was closed')));
    });
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    const answered = once(stream, 'response').then(() => text(stream));
    answered.catch(() => {});
    return await Promise.race([answered, closed]);
  } finally {
    session.destroy();
  }
}

describe('a port with TLS', () => {
  it('speaks HTTP/2 and HTTP/1.1, by ALPN', async () => {
    await using opened = await openTestPort({ settings: { tls: await tlsFiles('both', ours.server) } });
    expect(await getHttp1(opened)).toBe('HTTP/1.1 GET /');
    expect(await getHttp2(opened)).toBe('HTTP/2.0 GET /');
    await expect(getHttp1(opened, { ca: others.ca })).rejects.toThrow(/certificate/);
  });

  it('closes a connection whose handshake does not end', async () => {
    const tls = await tlsFiles('handshake', ours.server);
    await using opened = await openTestPort({ settings: { tls, prefaceTimeoutMs: 60 } });
    const client = await openRawSocket(opened.port.port);
    expect(await client.closed).toBe('');
  });

  it('keeps its care for slow requests', async () => {
    const tls = await tlsFiles('slow', ours.server);
    await using opened = await openTestPort({ settings: { tls, headersTimeoutMs: 80 } });
    const socket: TLSSocket = connectTls({ host: '127.0.0.1', port: opened.port.port, ca: ours.ca });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 Request Timeout/);
  });

  it('serves a renewed certificate without a restart, and survives one that does not fit', async () => {
    const tls = await tlsFiles('renewed', ours.server, { reloadIntervalMs: 20 });
    await using opened = await openTestPort({ settings: { tls } });
    expect(await getHttp1(opened)).toBe('HTTP/1.1 GET /');

    await writeFile(tls.certFile, others.server.cert);
    await vi.waitFor(() =>
      expect(opened.logLines).toContainEqual(
        expect.objectContaining({ msg: expect.stringContaining('the old certificate stays in use') }),
      ),
    );
    expect(await getHttp2(opened)).toBe('HTTP/2.0 GET /');

    await writeFile(tls.keyFile, others.server.key);
    await vi.waitFor(async () => expect(await getHttp2(opened, { ca: others.ca })).toBe('HTTP/2.0 GET /'));
    expect(await getHttp1(opened, { ca: others.ca })).toBe('HTTP/1.1 GET /');
  });
});

describe('a port that asks for client certificates', () => {
  const cases: [TlsSettings['clientCert'], string, KeyPair | undefined, boolean][] = [
    ['require', 'one of ours', ours.client, true],
    ['require', 'one of others', others.client, false],
    ['require', 'none', undefined, false],
    ['request', 'one of ours', ours.client, true],
    ['request', 'one of others', others.client, false],
    ['request', 'none', undefined, true],
  ];
  it.each(cases)('%s: with %s', async (clientCert, _, client, welcome) => {
    const tls = await tlsFiles('mutual', ours.server, { clientCert, clientCaFile: await clientCaFile() });
    await using opened = await openTestPort({ settings: { tls } });
    const caller = client === undefined ? {} : { client };
    const answers = await Promise.allSettled([getHttp1(opened, caller), getHttp2(opened, caller)]);
    expect(answers.map(({ status }) => status)).toEqual(
      welcome ? ['fulfilled', 'fulfilled'] : ['rejected', 'rejected'],
    );
    expect(opened.requests.length).toBe(welcome ? 2 : 0);
  });
});

describe('TLS files that cannot be used stop the start', () => {
  const cases: [string, (pair: TestCertificates) => KeyPair, RegExp][] = [
    [
      'a key of another certificate',
      () => ({ ...ours.server, key: others.server.key }),
      /TLS_KEY_FILE \(.*\.key\) is not the key of the certificate in TLS_CERT_FILE/,
    ],
    [
      'no certificate',
      () => ({ ...ours.server, cert: 'hello' }),
      /TLS_CERT_FILE \(.*\.crt\) holds no PEM certificate/,
    ],
    ['no key', () => ({ ...ours.server, key: 'hello' }), /TLS_KEY_FILE \(.*\.key\) holds no PEM private key/],
  ];
  it.each(cases)('%s', async (_, pair, message) => {
    const tls = await tlsFiles('wrong', pair(ours));
    await expect(openTestPort({ settings: { tls } })).rejects.toThrow(message);
  });

  it('a file that is not there', async () => {
    const tls = await tlsFiles('missing', ours.server);
    const missing = { ...tls, keyFile: join(folder, 'nowhere.key') };
    await expect(openTestPort({ settings: { tls: missing } })).rejects.toThrow(
      /TLS_KEY_FILE cannot be read: ENOENT.*nowhere\.key/,
    );
    const noAuthority = { ...tls, clientCaFile: join(folder, 'nowhere.crt') };
    await expect(openTestPort({ settings: { tls: noAuthority } })).rejects.toThrow(
      'TLS_CLIENT_CA_FILE cannot be read',
    );
  });
});
