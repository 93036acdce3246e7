import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, connect } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { type SoakBroker, startCluster, startSingle } from './broker.ts';
import { effectBucket, hasEffect, keyCount, tally } from './counted-events.ts';
import { type Instances, startInstances } from './instances.ts';

/** Events without a key's order: each is handled at least once, and has its effect once. */
export const events = (options: SoakOptions): Promise<SoakResult> => run(options, { orderByKey: false });
/** Events in the order of their keys: that order is never broken, either. */
export const order = (options: SoakOptions): Promise<SoakResult> => run(options, { orderByKey: true });
/** The same on three nodes, whose leader is killed. */
export const cluster = (options: SoakOptions): Promise<SoakResult> =>
  run(options, { orderByKey: true, clustered: true });

/** Of the events that are counted. */
const stream = 'EVT_BUSLINE_BENCH';
const instanceCount = 3;
/** Events that wait for the broker while it restarts are published then. */
const publishTimeoutMs = 60_000;
/** How long no event may be handled, in milliseconds, before those that are missing count as lost. */
const settleMs = 90_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Form {
  readonly orderByKey: boolean;
  readonly clustered?: boolean;
}

async function run(
  { seconds, seed, onCounting }: SoakOptions,
  { orderByKey, clustered = false }: Form,
): Promise<SoakResult> {
  const random = createSeededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'busline-soak-'));
  const handledFile = join(folder, 'handled');
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const broker = clustered ? await startCluster(stream) : await startSingle();
  cleanup.defer(() => broker.stop());
  const bus = await connect({ servers: broker.url, name: 'soak', logger: silent });
  cleanup.defer(() => bus.drain());
  await writeFile(handledFile, '');
  await bus.applyStreams(await bus.planStreams([CountedSchema], { replicas: broker.replicas }));
  const instances = await startInstances(instanceCount, {
    NATS_URL: broker.url,
    HANDLED_FILE: handledFile,
    ORDER_BY_KEY: orderByKey ? '1' : '0',
  });
  cleanup.defer(() => instances.stop());

  const endsAtMs = performance.now() + seconds * 1_000;
  const published = new Map<string, number>();
  const publishedCount = (): number => [...published.values()].reduce((sum, each) => sum + each, 0);
  onCounting?.(() => ({ published: publishedCount() }));
  const publishing = bus.publishAll(
    CountedSchema,
    countUp(published, random, () => performance.now() < endsAtMs),
    {
      timeoutMs: publishTimeoutMs,
      details: ({ key, number }) => ({ id: `${key}-${number}` }),
    },
  );
  const disturbance = disturb({ broker, instances, random, seconds, endsAtMs });
  const { duplicates } = await publishing;
  const { kills, restarts } = await disturbance;

  const result = await settled(handledFile, published);
  const effects = await wrongEffects(bus, published);
  const violations = [...result.violations, ...effects];
  const { lost, repeated, disordered } = result;
  return {
    ok: lost === 0 && effects.length === 0 && (!orderByKey || disordered === 0),
    counts: {
      published: publishedCount(),
      duplicates,
      lost,
      repeated,
      ...(orderByKey && { disordered }),
      wrongEffects: effects.length,
      kills,
      restarts,
    },
    violations: orderByKey
      ? violations
      : violations.filter((text) => !text.includes('was first handled after')),
  };
}

async function* countUp(published: Map<string, number>, random: SeededRandom, more: () => boolean) {
  const payload = new Uint8Array(200);
  for (let n = 0; more(); n++) {
    const key = `k${random.below(keyCount)}`;
    const number = (published.get(key) ?? 0) + 1;
    published.set(key, number);
    yield { key, number: BigInt(number), payload };
    // Time for everything else this process does.
    if (n % 64 === 63) await delay(1);
  }
}

interface Disturbance {
  readonly broker: SoakBroker;
  readonly instances: Instances;
  readonly random: SeededRandom;
  readonly seconds: number;
  readonly endsAtMs: number;
}

/** Kills an instance every few seconds, and the broker twice, until the time is over. */
async function disturb({ broker, instances, random, seconds, endsAtMs }: Disturbance) {
  let kills = 0;
  let restarts = 0;
  const startedAtMs = performance.now();
  const brokerAtMs = [1 / 3, 2 / 3].map((share) => startedAtMs + share * seconds * 1_000);
  // Both restarts happen, however short the run is.
  while (performance.now() < endsAtMs || brokerAtMs.length > 0) {
    await delay(
      Math.min(1_000 + random.below(2_000), Math.max(0, endsAtMs - performance.now()), seconds * 300),
    );
    if (performance.now() >= (brokerAtMs[0] ?? Number.POSITIVE_INFINITY)) {
      brokerAtMs.shift();
      await broker.disturb();
      restarts++;
    }
    await instances.replace(random.below(instances.size));
    kills++;
  }
  return { kills, restarts };
}

/** The tally once nothing is missing any more, or when nothing comes any more. */
async function settled(handledFile: string, published: ReadonlyMap<string, number>) {
  let giveUpAtMs = performance.now() + settleMs;
  let fewest = Number.POSITIVE_INFINITY;
  for (;;) {
    const result = tally(published, (await readFile(handledFile, 'utf8')).split('\n').slice(0, -1));
    if (result.lost === 0 || performance.now() > giveUpAtMs) return result;
    if (result.lost < fewest) giveUpAtMs = performance.now() + settleMs;
    fewest = result.lost;
    await delay(1_000);
  }
}

/** Keys whose effects are not as many as their events. */
async function wrongEffects(bus: Bus, published: ReadonlyMap<string, number>): Promise<string[]> {
  const store = await bus.openStore({ bucket: effectBucket, schema: CountedSchema });
  const wrong: string[] = [];
  for (const [key, count] of published) {
    if (!hasEffect(key)) continue;
    const effects = (await store.get(key))?.value.number ?? 0n;
    if (effects !== BigInt(count)) wrong.push(`${key}: ${count} events had ${effects} effects`);
  }
  return wrong;
}
