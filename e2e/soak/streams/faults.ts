import { type Bus, connect, faultReason, implement, type Logger, type Worker } from '@busline/bus';
import { startNats } from '@busline/bus/testing';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { type Client, ConnectError, createClient } from '@connectrpc/connect';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { type FaultProxy, type FaultRates, startFaultProxy } from './fault-proxy.ts';
import type { SoakOptions, SoakResult } from './soak.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const rates: FaultRates = { drop: 0.004, duplicate: 0.01, delay: 0.01, swap: 0.01 };
const callsAtOnce = 24;
const timeoutMs = 2_500;
/** A call that has neither ended nor failed so long after its deadline hangs. */
const graceMs = 2_500;
/** The smallest message of a stream: its number, and which run of the handler it comes from. */
const markBytes = 8;

/** Calls and their streams; not the announcements and stores of the workers, which are JetStream's to protect. */
function affects(subject: string): boolean {
  return /^rpc\.[umib]\.|^_INBOX\.bl1-/.test(subject);
}

/** Bytes that tell which message of which run they are, all through, so that a mixture is seen. */
function marked(size: number, number: number, run: number): Uint8Array {
  const bytes = Buffer.alloc(Math.max(size, markBytes), (number * 31 + run) & 0xff);
  bytes.writeUInt32BE(number, 0);
  bytes.writeUInt32BE(run, 4);
  return bytes;
}

/** Run of the handler, or of the caller, that `payload` comes from, if it is message `number`, whole. */
function runOf(payload: Uint8Array, number: number): number {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (bytes.length < markBytes) throw new Wrong(`message ${number} has only ${bytes.length} bytes`);
  const run = bytes.readUInt32BE(4);
  if (!bytes.equals(marked(bytes.length, number, run)))
    throw new Wrong(`message ${number} is another, or mixed: it begins ${bytes.toString('hex', 0, 12)}`);
  return run;
}

/** A result that is not the right one. */
class Wrong extends Error {
  override readonly name = 'Wrong';
}

/**
 * Calls of every kind while a proxy loses, repeats, delays and reorders messages between the caller and the broker, or
 * the worker and the broker. Each must end in the right result or an error of the bus, in time.
 */
export async function run({ seconds, seed }: SoakOptions): Promise<SoakResult> {
  const violations: string[] = [];
  const counts = {
    calls: 0,
    right: 0,
    failed: 0,
    wrong: 0,
    hung: 0,
    drop: 0,
    duplicate: 0,
    delay: 0,
    swap: 0,
  };
  const reasons: Record<string, number> = {};
  const random = createSeededRandom(seed);
  // Below the size of a packet, so that what is larger spans many even where it costs little.
  const nats = await startNats({ maxPayloadBytes: 48 * 1024 });
  try {
    for (const side of ['caller', 'worker'] as const) {
      const proxy = await startFaultProxy({ brokerPort: nats.port, random, rates, affects });
      const workers = await Promise.all(
        // Two, so that a request that comes twice may run at both.
        [1, 2].map(() => connect({ servers: side === 'worker' ? proxy.url : nats.url, logger: silent })),
      );
      const caller = await connect({ servers: side === 'caller' ? proxy.url : nats.url, logger: silent });
      try {
        const served = await Promise.all(workers.map((worker) => serve(worker, random, violations)));
        await callFor(caller, proxy, (seconds * 1000) / 2);
        await becomeIdle(served);
        addUp(proxy);
      } finally {
        await proxy.stop();
        await Promise.allSettled([caller, ...workers].map((bus) => bus.drain()));
      }
    }
  } finally {
    await nats.stop();
  }
  const ok = violations.length === 0 && counts.right > 0 && counts.failed > 0;
  return { ok, counts: { ...counts, ...reasons }, violations: violations.slice(0, 5) };

  function addUp(proxy: FaultProxy): void {
    for (const fault of ['drop', 'duplicate', 'delay', 'swap'] as const) counts[fault] += proxy.counts[fault];
  }

  /** Calls whose end was lost must not stay in the workers for good. */
  async function becomeIdle(workers: readonly Worker[]): Promise<void> {
    const giveUpAtMs = performance.now() + timeoutMs + graceMs;
    const left = (): number => workers.reduce((sum, { underWay }) => sum + underWay, 0);
    while (left() > 0 && performance.now() < giveUpAtMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (left() > 0)
      violations.push(`${left()} calls are still under way at the workers after their deadline`);
  }

  /** Calls for so long, and on a slow machine until each fault has happened, or for ten times as long. */
  async function callFor(caller: Bus, { counts: faults }: FaultProxy, forMs: number): Promise<void> {
    const client = createClient(EchoService, caller.transport());
    const beganAtMs = performance.now();
    const goOn = (): boolean => {
      const passedMs = performance.now() - beganAtMs;
      return passedMs < forMs || (passedMs < 10 * forMs && Object.values(faults).includes(0));
    };
    const oneAfterAnother = async (): Promise<void> => {
      while (goOn()) {
        const kind = kinds[random.below(kinds.length)] as Kind;
        counts.calls++;
        await settle(kind.name, kind(client, random));
      }
    };
    await Promise.all(Array.from({ length: callsAtOnce }, oneAfterAnother));
  }

  async function settle(kind: string, call: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<'hung'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs + graceMs, 'hung');
    });
    try {
      const outcome = await Promise.race([call, hung]);
      if (outcome === 'hung') {
        counts.hung++;
        violations.push(`${kind}: neither ended nor failed ${graceMs} ms after its deadline`);
      } else counts.right++;
    } catch (error) {
      const reason = faultReason(error);
      if (reason !== undefined) {
        counts.failed++;
        reasons[reason] = (reasons[reason] ?? 0) + 1;
      } else {
        counts.wrong++;
        violations.push(
          `${kind}: ${error instanceof ConnectError ? 'an error without a reason: ' : ''}${error}`,
        );
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

type Echo = Client<typeof EchoService>;
type Kind = (client: Echo, random: SeededRandom) => Promise<void>;

let callerRuns = 0;
let handlerRuns = 0;

/** Mostly small; some above the limit of the broker. */
function someSize(random: SeededRandom): number {
  if (random.chance(0.02)) return 100_000 + random.below(200_000);
  return random.chance(0.2) ? random.below(20_000) : random.below(200);
}

const kinds: readonly Kind[] = [
  async function unary(client, random) {
    const sent = marked(someSize(random), 0, ++callerRuns);
    const { payload } = await client.echo({ payload: sent }, { timeoutMs });
    if (!Buffer.from(sent).equals(payload)) throw new Wrong('the reply is another');
  },
  async function serverStream(client, random) {
    const count = random.below(200);
    const payloadBytes = someSize(random);
    let number = 0;
    let run: number | undefined;
    for await (const { payload } of client.generate({ count: BigInt(count), payloadBytes }, { timeoutMs })) {
      const from = runOf(payload, number++);
      run ??= from;
      if (from !== run) throw new Wrong(`message ${number - 1} comes from another run of the handler`);
      if (payload.length !== Math.max(payloadBytes, markBytes)) throw new Wrong('a message of another size');
    }
    if (number !== count) throw new Wrong(`${number} messages of ${count}, and a good end`);
  },
  async function clientStream(client, random) {
    const count = random.below(200);
    const size = Math.max(markBytes, someSize(random));
    const reply = await client.collect(messages(count, size, random), { timeoutMs });
    if (reply.count !== BigInt(count) || reply.payloadBytes !== BigInt(count * size))
      throw new Wrong(
        `${reply.count} messages with ${reply.payloadBytes} bytes counted, not ${count} of ${size}`,
      );
  },
  async function bidi(client, random) {
    const count = random.below(200);
    const size = Math.max(markBytes, someSize(random));
    let number = 0;
    let run: number | undefined;
    for await (const { payload } of client.echoStream(messages(count, size, random), { timeoutMs })) {
      const from = runOf(payload, number++);
      run ??= from;
      if (from !== run) throw new Wrong(`message ${number - 1} comes from another call`);
      if (payload.length !== size) throw new Wrong('a message of another size');
    }
    if (number !== count) throw new Wrong(`${number} messages of ${count}, and a good end`);
  },
];

async function* messages(count: number, size: number, random: SeededRandom) {
  const run = ++callerRuns;
  for (let number = 0; number < count; number++) {
    if (random.chance(0.1)) await new Promise((resolve) => setImmediate(resolve));
    yield { payload: marked(size, number, run) };
  }
}

/** Serves all four kinds; what a handler sees that no caller has sent is a violation. */
async function serve(bus: Bus, random: SeededRandom, violations: string[]): Promise<Worker> {
  const check = (payload: Uint8Array, number: number): void => {
    try {
      runOf(payload, number);
    } catch (error) {
      violations.push(`at the handler: ${error}`);
    }
  };
  return await bus.serve({
    name: 'echo',
    version: '1.0.0',
    services: [
      implement(EchoService, {
        echo: ({ payload }) => ({ payload }),
        async *generate({ count, payloadBytes }) {
          const run = ++handlerRuns;
          for (let number = 0; number < Number(count); number++) {
            // The packets of two runs are cut differently.
            if (random.chance(0.1)) await new Promise((resolve) => setImmediate(resolve));
            yield { payload: marked(payloadBytes, number, run) };
          }
        },
        async collect(requests) {
          let count = 0;
          let payloadBytes = 0;
          for await (const { payload } of requests) {
            check(payload, count++);
            payloadBytes += payload.length;
          }
          return { count: BigInt(count), payloadBytes: BigInt(payloadBytes) };
        },
        async *echoStream(requests) {
          let number = 0;
          for await (const { payload } of requests) {
            check(payload, number++);
            yield { payload };
          }
        },
      }),
    ],
  });
}
