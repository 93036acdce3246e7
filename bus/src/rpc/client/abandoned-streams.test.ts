import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { create, type Message } from '@bufbuild/protobuf';
import { EchoResponseSchema } from '@busline/schemas/busline/bench/v1/bench';
import { describe, expect, it } from 'vitest';
import { createAbandonedStreams } from './abandoned-streams.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collects garbage until `condition` holds, at most `rounds` times. */
async function collectUntil(condition: () => boolean, rounds = 200): Promise<void> {
  for (let round = 0; round < rounds && !condition(); round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const message = create(EchoResponseSchema, {});

/** Messages without end, and what happened to their iterator. */
function endless() {
  const state = { returned: 0, handedOut: 0 };
  const messages: AsyncIterable<Message> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        state.handedOut++;
        return Promise.resolve({ done: false, value: message });
      },
      return() {
        state.returned++;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { messages, state };
}

describe('abandoned streams', () => {
  it('are cancelled when their iterator has been collected', async () => {
    const { messages } = endless();
    let cancelled = 0;
    const streams = createAbandonedStreams();
    await (async () => {
      const iterator = streams.guard(messages, () => cancelled++)[Symbol.asyncIterator]();
      await iterator.next();
    })();
    await collectUntil(() => cancelled > 0);
    expect(cancelled).toBe(1);
  });

  it('are not cancelled while somebody can read on', async () => {
    const { messages, state } = endless();
    let cancelled = 0;
    const iterator = createAbandonedStreams()
      .guard(messages, () => cancelled++)
      [Symbol.asyncIterator]();
    await iterator.next();
    await collectUntil(() => cancelled > 0, 10);
    expect(cancelled).toBe(0);
    await iterator.next();
    expect(state.handedOut).toBe(2);
  });

  it('pass on that a loop was left, where the loop tells', async () => {
    const { messages, state } = endless();
    for await (const first of createAbandonedStreams().guard(messages, () => undefined)) {
      expect(first).toBe(message);
      break;
    }
    expect(state).toEqual({ returned: 1, handedOut: 1 });
  });
});
