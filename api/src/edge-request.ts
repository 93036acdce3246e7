import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { CancelSignal } from '@busline/bus';
import type { BodyFlow, BodyReceiver, EdgeRequest } from './exchange.ts';
import { incompleteBody, tooLarge } from './http-fault.ts';

/** What Node.js hands over: by HTTP/1, or by the compatibility layer of its HTTP/2. */
export interface NodeExchange {
  readonly incoming: NodeRequest | undefined;
  readonly outgoing: NodeResponse | undefined;
}

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;

/**
 * An `EdgeRequest` over a Fetch `Request`. Where Node's own request stands behind it, headers and body are taken
 * from there, which saves a `Headers` object and two copies of the body for each request.
 */
export function edgeRequest(raw: Request, node: NodeExchange | undefined): EdgeRequest {
  const { incoming, outgoing } = node ?? {};
  if (incoming === undefined || outgoing === undefined) return new OverFetch(raw);
  return new OverNode(raw, incoming, outgoing);
}

/** Path and query of an absolute URL, as they stand in it. */
function splitTarget(url: string): { path: string; query: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start < 0) return { path: '/', query: '' };
  const fragment = url.indexOf('#', start);
  const end = fragment < 0 ? url.length : fragment;
  const mark = url.indexOf('?', start);
  if (mark < 0 || mark > end) return { path: url.slice(start, end), query: '' };
  return { path: url.slice(start, mark), query: url.slice(mark + 1, end) };
}

class OverFetch implements EdgeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  protected readonly raw: Request;

  constructor(raw: Request) {
    this.raw = raw;
    this.method = raw.method;
    const { path, query } = splitTarget(raw.url);
    this.path = path;
    this.query = query;
  }

  get signal(): CancelSignal {
    return this.raw.signal;
  }

  get httpVersion(): 1 | 2 {
    return 1;
  }

  get hasBody(): boolean {
    return this.raw.body !== null;
  }

  header(name: string): string | undefined {
    return this.raw.headers.get(name) ?? undefined;
  }

  forEachHeader(visit: (name: string, value: string) => void): void {
    for (const [name, value] of this.raw.headers) visit(name, value);
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    const announced = this.header('content-length');
    if (announced !== undefined && Number(announced) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      this.openBody({
        onData(chunk) {
          size += chunk.length;
          // The rest runs empty here: nothing of it is kept.
          if (size > maxBytes) reject(tooLarge(maxBytes));
          else chunks.push(chunk);
        },
        onEnd: () => resolve(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)),
        onBroken: () => reject(incompleteBody()),
      });
    });
  }

  openBody(receiver: BodyReceiver): BodyFlow {
    const { body } = this.raw;
    let paused = false;
    let wake: (() => void) | undefined;
    const read = async (): Promise<void> => {
      for await (const chunk of body ?? []) {
        receiver.onData(chunk);
        if (paused) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    };
    void read().then(
      () => receiver.onEnd(),
      () => receiver.onBroken(),
    );
    return {
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
        wake?.();
      },
    };
  }
}

class OverNode extends OverFetch {
  readonly #incoming: NodeRequest;
  readonly #outgoing: NodeResponse;

  constructor(raw: Request, incoming: NodeRequest, outgoing: NodeResponse) {
    super(raw);
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    // A client that resets its stream makes HTTP/2 emit an error; 'close' follows and tells all there is to know.
    if (incoming.httpVersionMajor === 2) incoming.on('error', () => undefined);
  }

  override get signal(): CancelSignal {
    return new ClientGone(this.#outgoing);
  }

  override get httpVersion(): 1 | 2 {
    return this.#incoming.httpVersionMajor === 2 ? 2 : 1;
  }

  override get hasBody(): boolean {
    // RFC 9113, section 8.1: a request without a body ends with its header.
    if (this.#incoming instanceof Http2ServerRequest) return !this.#incoming.stream.endAfterHeaders;
    // RFC 9112, section 6: a request has a body when one of the two fields says so.
    const { 'content-length': length, 'transfer-encoding': coding } = this.#incoming.headers;
    return (length !== undefined && length !== '0') || coding !== undefined;
  }

  override header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  override forEachHeader(visit: (name: string, value: string) => void): void {
    // The raw list, because enumerating the object Node.js makes of it costs about 2 µs.
    const { rawHeaders } = this.#incoming;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      // HTTP/2's `:method` and the like are the request line.
      if (!name.startsWith(':')) visit(name.toLowerCase(), rawHeaders[i + 1] as string);
    }
  }

  override openBody(receiver: BodyReceiver): BodyFlow {
    const incoming = this.#incoming;
    let over = false;
    const end = (tell: () => void): void => {
      if (over) return;
      over = true;
      tell();
    };
    incoming
      .on('data', (chunk: Uint8Array) => receiver.onData(chunk))
      .on('end', () => end(() => receiver.onEnd()))
      .on('close', () => end(() => receiver.onBroken()));
    // Gone before anybody listened: no event will tell it any more.
    if (incoming.destroyed) process.nextTick(() => end(() => receiver.onBroken()));
    return {
      pause: () => void incoming.pause(),
      resume: () => void incoming.resume(),
    };
  }
}

/** Aborted when the response closes. Whoever made a call stops listening when it is over, so an answered one is not. */
class ClientGone implements CancelSignal {
  readonly #outgoing: NodeResponse;
  readonly reason = undefined;

  constructor(outgoing: NodeResponse) {
    this.#outgoing = outgoing;
  }

  get aborted(): boolean {
    const outgoing = this.#outgoing;
    return outgoing instanceof Http2ServerResponse ? outgoing.stream.destroyed : outgoing.destroyed;
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#outgoing.on('close', listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#outgoing.off('close', listener);
  }
}
