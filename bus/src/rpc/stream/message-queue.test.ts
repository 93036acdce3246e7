import { describe, expect, it } from 'vitest';
import { createMessageQueue } from './message-queue.ts';

type Step = 'push' | 'end' | 'fail' | 'next' | 'return';
const steps: readonly Step[] = ['push', 'end', 'fail', 'next', 'return'];
const failure = new Error('the stream failed');
const misuse = 'next() was called before the last one settled';

/** What a run shows: how each `next` ended, which messages were released, how often the loop was left. */
interface Trace {
  readonly nexts: string[];
  readonly released: number[];
  abandoned: number;
}

async function run(sequence: readonly Step[]): Promise<Trace> {
  const trace: Trace = { nexts: [], released: [], abandoned: 0 };
  const queue = createMessageQueue<number>({ onAbandoned: () => trace.abandoned++ });
  const iterator = queue[Symbol.asyncIterator]();
  let pushed = 0;
  for (const step of sequence) {
    if (step === 'push') {
      const number = pushed++;
      queue.push(number, () => trace.released.push(number));
    } else if (step === 'end') queue.end();
    else if (step === 'fail') queue.fail(failure);
    else if (step === 'return') void iterator.return?.();
    else {
      const index = trace.nexts.push('pending') - 1;
      iterator.next().then(
        ({ done, value }) => {
          trace.nexts[index] = done === true ? 'done' : `message ${value}`;
        },
        (error: Error) => {
          trace.nexts[index] = error.message;
        },
      );
    }
  }
  // Promise jobs of all the steps have run when a task begins.
  await new Promise((resolve) => setImmediate(resolve));
  return trace;
}

/** The same, as the rules say it. */
function expected(sequence: readonly Step[]): Trace {
  const trace: Trace = { nexts: [], released: [], abandoned: 0 };
  const line: number[] = [];
  let pushed = 0;
  let outcome: 'end' | 'fail' | undefined;
  let over = false;
  let pending: number | undefined;
  let taken: number | undefined;
  const settle = (): void => {
    if (pending === undefined) return;
    if (over) trace.nexts[pending] = 'done';
    else if (line.length > 0) {
      taken = line.shift();
      trace.nexts[pending] = `message ${taken}`;
    } else if (outcome !== undefined) {
      trace.nexts[pending] = outcome === 'end' ? 'done' : failure.message;
      over = true;
    } else return;
    pending = undefined;
  };
  for (const step of sequence) {
    if (step === 'push') {
      const number = pushed++;
      if (outcome === undefined) line.push(number);
    } else if (step === 'end') outcome ??= 'end';
    else if (step === 'fail') outcome = over ? outcome : 'fail';
    else if (step === 'return') {
      trace.abandoned += outcome === undefined ? 1 : 0;
      outcome ??= 'end';
      over = true;
      line.length = 0;
    } else {
      if (taken !== undefined) trace.released.push(taken);
      taken = undefined;
      if (pending === undefined) pending = trace.nexts.push('pending') - 1;
      else trace.nexts.push(misuse);
    }
    settle();
  }
  return trace;
}

function* sequences(length: number): Generator<readonly Step[]> {
  if (length === 0) yield [];
  else for (const before of sequences(length - 1)) for (const step of steps) yield [...before, step];
}

describe('a message queue', () => {
  it.each([1, 2, 3, 4, 5])('keeps its rules in every order of %i steps', async (length) => {
    const all = [...sequences(length)];
    const traces = await Promise.all(all.map(run));
    expect(traces.map((trace, n) => ({ sequence: all[n], ...trace }))).toEqual(
      all.map((sequence) => ({ sequence, ...expected(sequence) })),
    );
  });

  it('releases a message when the next one is asked for, not before', async () => {
    const { released } = await run(['push', 'push', 'push', 'next', 'next']);
    expect(released).toEqual([0]);
  });

  it('hands out what is in line before the failure, and the failure once', async () => {
    const { nexts } = await run(['push', 'fail', 'next', 'next', 'next']);
    expect(nexts).toEqual(['message 0', failure.message, 'done']);
  });

  it('tells once that its loop was left, unless the stream was over', async () => {
    expect((await run(['push', 'next', 'return', 'return'])).abandoned).toBe(1);
    expect((await run(['end', 'next', 'return'])).abandoned).toBe(0);
  });

  it('can be iterated once', () => {
    const queue = createMessageQueue<number>({ onAbandoned: () => undefined });
    queue[Symbol.asyncIterator]();
    expect(() => queue[Symbol.asyncIterator]()).toThrow('can be iterated once');
  });
});
