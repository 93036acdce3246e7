import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withHeartbeat } from '../process/heartbeat.ts';

export interface DownloadOptions {
  /** For the whole transfer. Default 120 000: 10 MB at a slow 100 kB/s. */
  readonly timeoutMs?: number;
  /** For the first byte of the answer. Default 8 000, so that a machine without network moves on soon. */
  readonly answerTimeoutMs?: number;
  /** The transfer is aborted beyond this size. */
  readonly maxBytes: number;
  readonly progress: (text: string) => void;
}

/** Downloads a URL to a file and returns the SHA-256 of what was written, in hex. Rejects with a short reason. */
export async function downloadFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  const hash = createHash('sha256');
  await transfer(url, options, async (body, count) => {
    const hashed = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(body, count, hashed, createWriteStream(file));
  });
  return hash.digest('hex');
}

/** Downloads a small text file. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  const chunks: Buffer[] = [];
  await transfer(url, options, async (body, count) => {
    count.on('data', (chunk: Buffer) => chunks.push(chunk));
    await pipeline(body, count);
  });
  return Buffer.concat(chunks).toString('utf8');
}

async function transfer(
  url: string,
  options: DownloadOptions,
  consume: (body: Readable, count: Transform) => Promise<void>,
): Promise<void> {
  const host = new URL(url).host;
  const answerTimeoutMs = options.answerTimeoutMs ?? 8_000;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const abort = new AbortController();
  const answerTimer = setTimeout(
    () => abort.abort(new Error(`${host} did not answer within ${answerTimeoutMs / 1000} s`)),
    answerTimeoutMs,
  );
  const totalTimer = setTimeout(
    () => abort.abort(new Error(`the transfer from ${host} took longer than ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  let received = 0;
  const describe = (seconds: number) =>
    `waiting for ${url}: ${(received / 1e6).toFixed(1)} MB after ${seconds} s`;
  try {
    await withHeartbeat(describe, options.progress, async () => {
      const response = await fetch(url, { signal: abort.signal });
      clearTimeout(answerTimer);
      if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          received += chunk.length;
          const tooLarge = received > options.maxBytes;
          done(tooLarge ? new Error(`${url} is larger than ${options.maxBytes} bytes`) : null, chunk);
        },
      });
      await consume(Readable.from(response.body), count);
    });
  } catch (error) {
    throw new Error(reason(error, abort.signal, host), { cause: error });
  } finally {
    clearTimeout(answerTimer);
    clearTimeout(totalTimer);
  }
}

/** `fetch` hides the network error in `cause` and says only "fetch failed". */
function reason(error: unknown, signal: AbortSignal, host: string): string {
  if (signal.aborted && signal.reason instanceof Error) return signal.reason.message;
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error.cause;
  if (error.message !== 'fetch failed' || !(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return `${host} is not reachable (${code})`;
}
