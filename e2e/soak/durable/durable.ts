import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@busline/bus';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { type Edges, startEdges } from '../edges.ts';
import { type SoakBroker, startSingle } from '../events/broker.ts';
import { type Instances, startInstances } from '../events/instances.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { accountBucket, wrongAccounts } from './accounts.ts';
import { callWithKey, type KeyedReply } from './keyed-caller.ts';

const workerCount = 2;
const edgeCount = 2;
/** Callers that wait for their calls at any time. */
const callers = 24;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Durable calls with idempotency keys, while workers and edges are killed and the broker is killed and restarted. Each call
 * has one effect and one result, and repeating its key gives that result again.
 */
export async function durable({ seconds, seed, onCounting }: SoakOptions): Promise<SoakResult> {
  const random = createSeededRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'busline-soak-'));
  const runsFile = join(folder, 'runs');
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const broker = await startSingle();
  cleanup.defer(() => broker.stop());
  await writeFile(runsFile, '');
  const workers = await startInstances(
    workerCount,
    { NATS_URL: broker.url, RUNS_FILE: runsFile },
    new URL('./working-worker.ts', import.meta.url),
  );
  cleanup.defer(() => workers.stop());
  const edges = await startEdges(edgeCount, broker.url);
  cleanup.defer(() => edges.stop());

  const endsAtMs = performance.now() + seconds * 1_000;
  const replies: Replies = [];
  onCounting?.(() => ({ calls: replies.length }));
  const calling = callUntil(edges.urls, endsAtMs, replies);
  const disturbance = disturb({ broker, workers, edges, random, seconds, endsAtMs });
  const violations = await calling;
  const { workerKills, edgeKills, restarts } = await disturbance;

  const repeated = await repeatAll(edges.urls, replies);
  const bus = await connect({ servers: broker.url, name: 'soak', logger: silent });
  cleanup.defer(() => bus.drain());
  const store = await bus.openStore({ bucket: accountBucket, schema: CountedSchema });
  const counts = new Map<string, bigint>();
  for await (const { key, value } of store.list()) counts.set(key, value.number);
  const wrong = wrongAccounts(replies.length, counts);
  const runs = (await readFile(runsFile, 'utf8')).split('\n').length - 1;
  const breaches = [...violations, ...repeated, ...wrong];
  return {
    ok: breaches.length === 0,
    counts: {
      calls: replies.length,
      unanswered: violations.length,
      requests: replies.reduce((sum, reply) => sum + (reply?.requests ?? 0), 0),
      runs,
      wrongReplays: repeated.length,
      wrongEffects: wrong.length,
      workerKills,
      edgeKills,
      restarts,
    },
    violations: breaches.slice(0, 20),
  };
}

type Replies = (KeyedReply | undefined)[];

/** Calls until the time is over, and then waits for each answer. */
async function callUntil(urls: readonly string[], endsAtMs: number, replies: Replies): Promise<string[]> {
  const violations: string[] = [];
  const loop = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const call = replies.push(undefined) - 1;
      try {
        replies[call] = await callWithKey(urls, call);
      } catch (error) {
        violations.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return violations;
}

/** Makes every call once more: the same text, as a replay. */
async function repeatAll(urls: readonly string[], replies: Replies): Promise<string[]> {
  const wrong: string[] = [];
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < replies.length) {
      const call = next++;
      const first = replies[call];
      if (first === undefined) continue;
      const { text, replayed } = await callWithKey(urls, call);
      if (text !== first.text) wrong.push(`call ${call} answered ${first.text}, and then ${text}`);
      else if (!replayed) wrong.push(`call ${call}: its repetition was no replay`);
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return wrong;
}

interface Disturbance {
  readonly broker: SoakBroker;
  readonly workers: Instances;
  readonly edges: Edges;
  readonly random: SeededRandom;
  readonly seconds: number;
  readonly endsAtMs: number;
}

/** Kills a worker or an edge every second or two, and the broker in the middle. */
async function disturb({ broker, workers, edges, random, seconds, endsAtMs }: Disturbance) {
  let workerKills = 0;
  let edgeKills = 0;
  let restarts = 0;
  const brokerAtMs = endsAtMs - seconds * 500;
  // Each happens once at least, however short the run is.
  while (performance.now() < endsAtMs || restarts === 0 || workerKills === 0 || edgeKills === 0) {
    await delay(Math.min(500 + random.below(1_500), seconds * 200));
    if (restarts === 0 && performance.now() >= brokerAtMs) {
      await broker.disturb();
      restarts++;
    }
    if (workerKills <= edgeKills) {
      await workers.replace(random.below(workers.size));
      workerKills++;
    } else {
      await edges.replace(random.below(edgeCount));
      edgeKills++;
    }
  }
  return { workerKills, edgeKills, restarts };
}
