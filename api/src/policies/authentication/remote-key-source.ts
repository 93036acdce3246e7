import type { Logger } from 'pino';
import { edgeFault } from '../edge-fault.ts';
import { type KeySet, parseKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

export interface RemoteKeySourceOptions {
  readonly url: string;
  readonly log: Logger;
  /** Called when the keys have changed. */
  readonly onChange: () => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: (() => number) | undefined;
}

/** Age at which keys are read again, in the background. */
const refreshAfterMs = 10 * 60_000;

/** Shortest time between two readings that tokens with unknown keys can cause: anybody can make such tokens. */
const cooldownMs = 30_000;

/** The same after a reading that failed: short, as tokens are refused meanwhile. */
const retryAfterMs = 1_000;

const requestTimeoutMs = 5_000;

/** Larger than any key set in use; more is not read. */
const maxBytes = 512 * 1024;

/**
 * Reads the keys from a URL when they are first needed, when they are old, and when a token names one that is not there.
 * Where the URL cannot be read, the keys that are known stay in use.
 */
export function createRemoteKeySource(options: RemoteKeySourceOptions): KeySource {
  const { url, log, onChange, nowMs = () => performance.now() } = options;
  const closing = new AbortController();
  let known: KeySet | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let underWay: Promise<void> | undefined;

  async function load(): Promise<void> {
    triedAtMs = nowMs();
    try {
      const text = await readText(url, closing.signal);
      failure = undefined;
      if (text === known?.text) return;
      const changed = known !== undefined;
      known = parseKeySet(text);
      if (changed) onChange();
      log.info({ url }, changed ? 'the keys of tokens have changed' : 'the keys of tokens are known');
    } catch (error) {
      failure = error;
      const state = known === undefined ? 'no token can be checked' : 'those that are known stay in use';
      if (!closing.signal.aborted)
        log.warn({ url, err: error }, `the keys of tokens cannot be read; ${state}`);
    }
  }

  /** Reads the keys unless that was just done. One reading at a time, whoever asks. */
  async function refresh(pauseMs: number): Promise<void> {
    if (underWay === undefined) {
      if (nowMs() - triedAtMs < (failure === undefined ? pauseMs : retryAfterMs)) return;
      underWay = load().finally(() => {
        underWay = undefined;
      });
    }
    await underWay;
  }

  return {
    current() {
      if (known === undefined) return firstKeys();
      const ageMs = failure === undefined ? refreshAfterMs : cooldownMs;
      if (nowMs() - triedAtMs >= ageMs) void refresh(ageMs);
      return known;
    },
    async newer(than) {
      if (known !== than) return known;
      await refresh(cooldownMs);
      if (known !== than) return known;
      // The key may be a new one that could not be read: not the fault of the token.
      if (failure !== undefined) throw unavailable(failure);
      return undefined;
    },
    close: () => closing.abort(),
  };

  async function firstKeys(): Promise<KeySet> {
    await refresh(0);
    if (known === undefined) throw unavailable(failure);
    return known;
  }
}

function unavailable(cause: unknown) {
  return edgeFault('KEYS_UNAVAILABLE', {
    message: 'the keys that tokens are checked with cannot be read now; try again',
    retryAfterMs,
    cause,
  });
}

async function readText(url: string, closing: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(requestTimeoutMs)]);
  // A redirect could lead anywhere, also to plain HTTP.
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the answer has the status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
