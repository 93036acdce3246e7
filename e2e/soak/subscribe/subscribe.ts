import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { type Edges, startEdges } from '../edges.ts';
import { type SoakBroker, startSingle } from '../events/broker.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { type Follower, follow } from './follower.ts';
import { publishByHttp } from './http-publisher.ts';

const edgeCount = 2;
/** Each publishes the numbers of one key, one after another. */
const publisherCount = 6;
/** What the followers rest after each event, in milliseconds: two that keep up, and one that is slow. */
const pausesMs: readonly number[] = [0, 0, 2];
/** Longest wait for the last event, in milliseconds, after the last was published. */
const settleMs = 60_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Events published and followed by HTTP, while edges are killed and the broker is killed and restarted. Each event that an
 * edge has acknowledged comes to each follower once, in the order of its key, and no place is told to be missing.
 */
export async function subscribe({ seconds, seed, onCounting }: SoakOptions): Promise<SoakResult> {
  const random = createSeededRandom(seed);
  await using cleanup = new AsyncDisposableStack();
  const broker = await startSingle();
  cleanup.defer(() => broker.stop());
  const bus = await connect({ servers: broker.url, name: 'soak', logger: silent });
  cleanup.defer(() => bus.drain());
  await bus.applyStreams(await bus.planStreams([CountedSchema]));
  const edges = await startEdges(edgeCount, broker.url);
  cleanup.defer(() => edges.stop());
  const followers = pausesMs.map((pauseMs) => follow(edges.urls, pauseMs));
  cleanup.defer(async () => {
    await Promise.all(followers.map((follower) => follower.stop()));
  });

  const endsAtMs = performance.now() + seconds * 1_000;
  const published = new Map<string, number>();
  let requests = 0;
  const count = (): number => [...published.values()].reduce((sum, each) => sum + each, 0);
  onCounting?.(() => ({ published: count() }));
  const violations: string[] = [];
  const publisher = async (key: string): Promise<void> => {
    for (let number = 1; performance.now() < endsAtMs; number++) {
      const taken = await publishByHttp(edges.urls, { key, number });
      requests += taken;
      published.set(key, number);
    }
  };
  const publishing = Promise.all(
    Array.from({ length: publisherCount }, (_, at) =>
      publisher(`key-${at}`).catch((error: unknown) => violations.push(String(error))),
    ),
  );
  const { edgeKills, restarts } = await disturb({ broker, edges, random, seconds, endsAtMs });
  await publishing;

  const missing = await settled(followers, published);
  violations.push(...missing, ...followers.flatMap((follower) => follower.violations));
  return {
    ok: violations.length === 0,
    counts: {
      published: count(),
      requests,
      followed: followers.reduce((sum, { seen }) => sum + seen, 0),
      returns: followers.reduce((sum, follower) => sum + follower.returns, 0),
      missing: missing.length,
      edgeKills,
      restarts,
    },
    violations: violations.slice(0, 20),
  };
}

/** What each follower lacks once nothing new has a reason to be late. */
async function settled(
  followers: readonly Follower[],
  published: ReadonlyMap<string, number>,
): Promise<string[]> {
  const giveUpAtMs = performance.now() + settleMs;
  for (;;) {
    const missing = followers.flatMap((follower, at) =>
      [...published]
        .filter(([key, number]) => follower.numberOf(key) < number)
        .map(([key, number]) => `follower ${at}: ${key} up to ${follower.numberOf(key)} of ${number}`),
    );
    if (missing.length === 0 || performance.now() > giveUpAtMs) return missing;
    await delay(20);
  }
}

interface Disturbance {
  readonly broker: SoakBroker;
  readonly edges: Edges;
  readonly random: SeededRandom;
  readonly seconds: number;
  readonly endsAtMs: number;
}

/** Kills an edge every second or two, and the broker in the middle. */
async function disturb({ broker, edges, random, seconds, endsAtMs }: Disturbance) {
  let edgeKills = 0;
  let restarts = 0;
  const brokerAtMs = endsAtMs - seconds * 500;
  // Each happens once at least, however short the run is.
  while (performance.now() < endsAtMs || restarts === 0 || edgeKills === 0) {
    await delay(Math.min(500 + random.below(1_500), seconds * 200));
    if (restarts === 0 && performance.now() >= brokerAtMs) {
      await broker.disturb();
      restarts++;
    }
    await edges.replace(random.below(edgeCount));
    edgeKills++;
  }
  return { edgeKills, restarts };
}
