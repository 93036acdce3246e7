/** An answer of the edge, read whole. */
export interface Answer {
  readonly status: number;
  /** Media type without parameters, empty when there is none. */
  readonly type: string;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The parsed body where it is JSON, undefined elsewhere. */
  readonly json: unknown;
  readonly elapsedMs: number;
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  /** A string or bytes go as they are; anything else as JSON, with its content type unless `headers` name one. */
  readonly body?: unknown;
}

/** Sends a request to the edge: `send('GET /v1/stock/tea')`. Rejects only when there is no answer at all. */
export type Send = (target: string, sending?: Sending) => Promise<Answer>;

export function createSend(baseUrl: string): Send {
  return async (target, { headers = {}, body } = {}) => {
    const [method = 'GET', path = '/'] = target.split(' ');
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const json = body === undefined || raw ? {} : { 'content-type': 'application/json' };
    const startedAtMs = performance.now();
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    return {
      status: response.status,
      type,
      headers: response.headers,
      bytes,
      text,
      json: type === 'application/json' || type.endsWith('+json') ? JSON.parse(text) : undefined,
      elapsedMs: performance.now() - startedAtMs,
    };
  };
}
