import { Readable } from 'node:stream';
import type { CommandContext } from '../program/command-context.ts';

/** `fetch` to the edge with the token that is configured, told with `--trace-api`. */
export function edgeFetch(context: CommandContext): typeof fetch {
  const { settings, output, traceApi } = context;
  return async (input, init) => {
    const request = new Request(input, init);
    if (settings.token !== undefined && !request.headers.has('authorization'))
      request.headers.set('authorization', `Bearer ${settings.token}`);
    if (traceApi) output.note(`> ${request.method} ${request.url}${shownHeaders(request.headers)}`);
    const startedMs = performance.now();
    const response = await fetch(request);
    if (traceApi) {
      const tookMs = Math.round(performance.now() - startedMs);
      output.note(`< ${response.status} after ${tookMs} ms${shownHeaders(response.headers)}`);
    }
    return response;
  };
}

export function shownHeaders(headers: Headers): string {
  return [...headers]
    .map(([name, value]) => ` | ${name}: ${/^(authorization|cookie|set-cookie)$/.test(name) ? '…' : value}`)
    .join('');
}

/** A request's body of parts that come one by one, as `fetch` takes it. */
export function bodyOf(parts: AsyncIterable<Uint8Array>): Pick<RequestInit, 'body' | 'duplex'> {
  return { body: Readable.toWeb(Readable.from(parts)) as ReadableStream<Uint8Array>, duplex: 'half' };
}
