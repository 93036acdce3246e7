import { setTimeout as delay } from 'node:timers/promises';

/** A client that follows events by SSE as a browser would: it comes back where it was, at another edge. */
export interface Follower {
  /** Events so far, of all keys. */
  readonly seen: number;
  /** How often it came back. */
  readonly returns: number;
  /** What was wrong in what it got: an event out of its key's order, twice, or a gap. */
  readonly violations: readonly string[];
  /** Highest number of a key so far. */
  numberOf(key: string): number;
  stop(): Promise<void>;
}

/** Wait before it connects again, in milliseconds. */
const returnMs = 50;

/** @param pauseMs rest after each event: a reader that is slow */
export function follow(edges: readonly string[], pauseMs: number): Follower {
  const numbers = new Map<string, number>();
  const violations: string[] = [];
  const stopping = new AbortController();
  let seen = 0;
  let returns = 0;
  let lastEventId: string | undefined;

  const take = (event: string, data: string): void => {
    if (event === 'gap') violations.push(`a gap: ${data}`);
    if (event === 'gap' || event === 'error') return;
    const { key, data: message } = (JSON.parse(data) as { event: { key: string; data: { number: string } } })
      .event;
    const number = Number(message.number);
    const before = numbers.get(key) ?? 0;
    if (number !== before + 1) violations.push(`${key}: ${number} after ${before}`);
    numbers.set(key, number);
    seen++;
  };
  const block = (text: string): string | undefined => {
    const field = (name: string): string | undefined =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = field('data');
    if (data !== undefined) take(field('event') ?? 'message', data);
    lastEventId = field('id') ?? lastEventId;
    return data;
  };
  const connect = async (): Promise<void> => {
    const edge = edges[returns % edges.length];
    const response = await fetch(
      `${edge}/v1/events/busline.bench.v1.Counted?fromStart=${lastEventId === undefined}`,
      {
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: stopping.signal,
      },
    );
    if (response.status !== 200 || response.body === null) return;
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = block(text.slice(0, end));
        text = text.slice(end + 2);
        if (pauseMs > 0 && data !== undefined) await delay(pauseMs);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // However it ended: what was cut off in the middle of an event does not count.
      await connect().catch(() => undefined);
      returns++;
      await delay(returnMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    get seen() {
      return seen;
    },
    get returns() {
      return returns;
    },
    violations,
    numberOf: (key) => numbers.get(key) ?? 0,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
