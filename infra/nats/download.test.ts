import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../process/free-port.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { downloadFile, downloadText } from './download.ts';

const BODY = Buffer.alloc(100_000, 'busline');

const server = createServer((request, response) => {
  if (request.url === '/file') response.end(BODY);
  else if (request.url === '/silent') request.socket.on('close', () => response.destroy());
  else if (request.url === '/stalls') response.write('first');
  else if (request.url === '/cut')
    response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy());
  else response.writeHead(404).end();
});
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const limits = { maxBytes: 1_000_000, progress: () => {} };

describe('downloadFile()', () => {
  it('writes the file and returns its SHA-256', async () => {
    const file = `${await temporaryDirectory()}/file`;
    const expected = createHash('sha256').update(BODY).digest('hex');
    expect(await downloadFile(`${base}/file`, file, limits)).toBe(expected);
    expect((await readFile(file)).equals(BODY)).toBe(true);
  });

  it('stops at the size limit', async () => {
    const file = `${await temporaryDirectory()}/file`;
    await expect(downloadFile(`${base}/file`, file, { ...limits, maxBytes: 1_000 })).rejects.toThrow(
      `${base}/file is larger than 1000 bytes`,
    );
  });
});

describe('downloadText()', () => {
  it('returns the text', async () => {
    expect(await downloadText(`${base}/file`, limits)).toBe(BODY.toString());
  });

  it('names the status of a refused request', async () => {
    await expect(downloadText(`${base}/missing`, limits)).rejects.toThrow(`${base}/missing answered 404`);
  });

  it('gives up on a host that does not answer', async () => {
    const waiting = downloadText(`${base}/silent`, { ...limits, answerTimeoutMs: 50 });
    await expect(waiting).rejects.toThrow('did not answer within 0.05 s');
  });

  it('gives up on a transfer that does not end', async () => {
    const waiting = downloadText(`${base}/stalls`, { ...limits, timeoutMs: 100 });
    await expect(waiting).rejects.toThrow('took longer than 0.1 s');
  });

  it('rejects a transfer that breaks off', async () => {
    await expect(downloadText(`${base}/cut`, limits)).rejects.toThrow();
  });

  it('names a host that cannot be reached, with the reason', async () => {
    const port = await findFreePort();
    await expect(downloadText(`http://127.0.0.1:${port}/`, limits)).rejects.toThrow(
      `127.0.0.1:${port} is not reachable (ECONNREFUSED)`,
    );
  });
});
