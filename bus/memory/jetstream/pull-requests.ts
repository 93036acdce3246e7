/** What a client asked a consumer for. */
export interface PullRequest {
  readonly reply: string;
  readonly batch: number;
  /** Infinity for no limit. */
  readonly maxBytes: number;
  readonly noWait: boolean;
  /** On the clock of `performance.now()`; Infinity for never. */
  readonly expiresAtMs: number;
  /** Time between signs of life, in milliseconds; 0 for none. */
  readonly heartbeatMs: number;
}

/** Reads the body of a `CONSUMER.MSG.NEXT` request: nothing, a number, or JSON. */
export function readPullRequest(reply: string, body: Uint8Array, nowMs: number): PullRequest {
  const text = Buffer.from(body).toString('utf8').trim();
  const asked: {
    readonly batch?: number;
    readonly expires?: number;
    readonly max_bytes?: number;
    readonly no_wait?: boolean;
    readonly idle_heartbeat?: number;
  } = text === '' ? {} : /^\d+$/.test(text) ? { batch: Number(text) } : JSON.parse(text);
  const {
    batch = 1,
    expires = 0,
    max_bytes: maxBytes = 0,
    no_wait: noWait = false,
    idle_heartbeat: beat = 0,
  } = asked;
  return {
    reply,
    batch: Math.max(1, batch),
    maxBytes: maxBytes > 0 ? maxBytes : Infinity,
    noWait,
    expiresAtMs: expires > 0 ? nowMs + expires / nsPerMs : Infinity,
    heartbeatMs: beat / nsPerMs,
  };
}

const nsPerMs = 1_000_000;
