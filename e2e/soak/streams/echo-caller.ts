import { connect, faultReason, type Logger } from '@busline/bus';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { createClient } from '@connectrpc/connect';
import { isNumbered, numbered } from './numbered-message.ts';
import { answerParent } from './peer-process.ts';

// The calling end of the proofs `streams` and `memory`, in a process of its own so that it can be measured and frozen.
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const bus = await connect({ logger: silent });
const client = createClient(EchoService, bus.transport());
const held: AsyncIterator<unknown>[] = [];
let pressing: { stopped: boolean; done: Promise<Record<string, number>> } | undefined;

async function* messages(count: number, size: number): AsyncIterable<{ payload: Uint8Array }> {
  for (let n = 0; n < count; n++) yield { payload: numbered(n, size) };
}

/** Reads a stream to its end; anything but the messages 0 to `count` - 1 in order is an error. */
async function expectAll(stream: AsyncIterable<{ payload: Uint8Array }>, count: number, size: number) {
  let next = 0;
  for await (const { payload } of stream) {
    if (!isNumbered(payload, next, size)) throw new Error(`message ${next} is another`);
    next++;
  }
  if (next !== count) throw new Error(`${next} messages of ${count}`);
}

async function upload(count: number, size: number): Promise<void> {
  const reply = await client.collect(messages(count, size));
  if (reply.count !== BigInt(count)) throw new Error(`${reply.count} messages of ${count} arrived`);
}

const number = (numbers: Readonly<Record<string, number>>, name: string): number => {
  const value = numbers[name];
  if (value === undefined) throw new Error(`the number "${name}" is missing`);
  return value;
};

answerParent({
  /** `count` messages of `size` bytes from the worker. */
  async download(numbers) {
    await expectAll(
      client.generate({ count: BigInt(number(numbers, 'count')), payloadBytes: number(numbers, 'size') }),
      number(numbers, 'count'),
      number(numbers, 'size'),
    );
    return { messages: number(numbers, 'count') };
  },
  /** The same to the worker. */
  async upload(numbers) {
    await upload(number(numbers, 'count'), number(numbers, 'size'));
    return { messages: number(numbers, 'count') };
  },
  /** `streams` bidirectional streams that are all open before any goes past its first message. */
  async together(numbers) {
    const [streams, count, size] = [
      number(numbers, 'streams'),
      number(numbers, 'count'),
      number(numbers, 'size'),
    ];
    let open = 0;
    const allOpen = Promise.withResolvers<void>();
    async function* input() {
      for await (const message of messages(count, size)) {
        yield message;
        await allOpen.promise;
      }
    }
    async function* counted(stream: AsyncIterable<{ payload: Uint8Array }>) {
      let first = true;
      for await (const message of stream) {
        if (first && ++open === streams) allOpen.resolve();
        first = false;
        yield message;
      }
    }
    await Promise.all(
      Array.from({ length: streams }, () => expectAll(counted(client.echoStream(input())), count, size)),
    );
    return { messages: streams * count, open };
  },
  /** Opens `streams` endless streams, takes one message of each, and never asks again. */
  async neglect(numbers) {
    const payloadBytes = number(numbers, 'size');
    const iterators = Array.from({ length: number(numbers, 'streams') }, () =>
      client.generate({ count: 1_000_000_000n, payloadBytes })[Symbol.asyncIterator](),
    );
    held.push(...iterators);
    await Promise.all(iterators.map((iterator) => iterator.next()));
    return { held: held.length };
  },
  /** Begins to keep `streams` streams of each direction busy, until `relieve`. */
  async press(numbers) {
    const state = { stopped: false };
    const counts: Record<string, number> = { right: 0, failed: 0 };
    const busy = async (call: () => Promise<void>): Promise<void> => {
      while (!state.stopped) {
        try {
          await call();
          counts.right = (counts.right as number) + 1;
        } catch (error) {
          const reason = faultReason(error);
          if (reason === undefined) throw error;
          counts.failed = (counts.failed as number) + 1;
          // What fails at once, because the broker or the worker is away, is not tried without pause.
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const size = number(numbers, 'size');
    const calls = Array.from({ length: number(numbers, 'streams') }, () => [
      busy(() =>
        expectAll(client.generate({ count: 40n, payloadBytes: size }, { timeoutMs: 30_000 }), 40, size),
      ),
      busy(() => upload(40, size)),
    ]).flat();
    const done = Promise.all(calls).then(() => counts);
    // Reported by `relieve`, which may come later than the failure.
    done.catch(() => undefined);
    pressing = Object.assign(state, { done });
    return {};
  },
  async relieve() {
    if (pressing === undefined) throw new Error('nothing presses');
    pressing.stopped = true;
    return await pressing.done;
  },
});
process.send?.({ type: 'ready' });
