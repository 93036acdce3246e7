import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import type { UniversalClientFn } from '@connectrpc/connect/protocol';
import type { CommandContext } from '../program/command-context.ts';
import { shownHeaders } from './edge-fetch.ts';

/**
 * An HTTP client for streams, which HTTP/2 alone carries both ways at once. The session ends with the process, or when the
 * edge ends it.
 */
export function http2Client({ settings, output, traceApi }: CommandContext): UniversalClientFn {
  let session: ClientHttp2Session | undefined;
  return async ({ url, method, header, body, signal }) => {
    const { origin, pathname } = new URL(url);
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(origin);
      // Each stream is told of it by itself.
      session.on('error', () => {});
    }
    if (settings.token !== undefined && !header.has('authorization'))
      header.set('authorization', `Bearer ${settings.token}`);
    if (traceApi) output.note(`> ${method} ${url} HTTP/2${shownHeaders(header)}`);
    const stream = session.request(
      { ':method': method, ':path': pathname, ...Object.fromEntries(header) },
      { ...(signal && { signal }) },
    );
    const failed = new Promise<never>((_, reject) => stream.once('error', reject));
    failed.catch(() => {});
    const trailer = new Headers();
    stream.once('trailers', (fields: IncomingHttpHeaders) => addFields(trailer, fields));
    const answered = new Promise<IncomingHttpHeaders>((resolve) => stream.once('response', resolve));
    void send(stream, body);
    const fields = await Promise.race([answered, failed]).catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason;
      // As fetch says it, so that one place explains both.
      throw new TypeError('fetch failed', { cause: error });
    });
    const received = addFields(new Headers(), fields);
    if (traceApi) output.note(`< ${fields[':status']}${shownHeaders(received)}`);
    return { status: Number(fields[':status']), header: received, body: stream, trailer };
  };
}

/** Sends what comes; an edge that has answered already needs no more of it. */
async function send(
  stream: NodeJS.WritableStream & { readonly destroyed?: boolean; destroy(error?: Error): unknown },
  body: AsyncIterable<Uint8Array> | undefined,
): Promise<void> {
  try {
    for await (const part of body ?? []) {
      if (stream.destroyed || !stream.writable) return;
      if (!stream.write(part))
        await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve));
    }
    stream.end();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function addFields(headers: Headers, fields: IncomingHttpHeaders): Headers {
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(':') || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}
