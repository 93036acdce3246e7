import { describe, expect, it } from 'vitest';
import { createReplayLine } from './replay-line.ts';

const eventsOf = async function* (keys: string) {
  for (const [at, key] of [...keys].entries()) {
    yield {
      stream: 'S',
      sequence: at + 1,
      storedAtMs: 0,
      subject: `evt.a.v1.Made.0.${key}`,
      head: new Uint8Array(0),
      body: new Uint8Array(0),
    };
  }
};
const drained = async (line: ReturnType<typeof createReplayLine>) => {
  const rounds: number[][] = [];
  for (;;) {
    const taken = await line.take();
    if (taken.length === 0) return rounds;
    rounds.push(taken.map(({ sequence }) => sequence));
  }
};

describe('createReplayLine()', () => {
  it('hands out as many at once as there may be', async () => {
    const line = createReplayLine(eventsOf('aaabb'), { ordered: false, most: 2 });
    expect(await drained(line)).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('hands out one of each key at once, in order', async () => {
    const line = createReplayLine(eventsOf('aabacb'), { ordered: true, most: 3 });
    expect(await drained(line)).toEqual([[1, 3, 5], [2, 6], [4]]);
  });

  it('reads no further ahead than there is room', async () => {
    let read = 0;
    const large = async function* () {
      for await (const event of eventsOf('abcdefghij')) {
        read++;
        yield { ...event, body: new Uint8Array(9 * 1024 * 1024) };
      }
    };
    const line = createReplayLine(large(), { ordered: false, most: 10 });
    expect(await line.take()).toHaveLength(2);
    expect(read).toBe(2);
    expect(await drained(line)).toHaveLength(4);
  });

  it('knows where to go on: before what was not taken', async () => {
    const line = createReplayLine(eventsOf('aab'), { ordered: true, most: 1 });
    await line.take();
    expect(line.resumeFrom).toBe(2);
    await drained(line);
    expect(line.resumeFrom).toBeUndefined();
  });
});
