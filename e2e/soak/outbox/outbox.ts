import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, connect, on } from '@busline/bus';
import { findPostgres, startNats, startPostgres } from '@busline/bus/testing';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { kvScheme } from './kv-state.ts';
import { openState } from './state.ts';
import { type Step, steps } from './steps.ts';
import { misplaced, type StoredNumber, tally } from './tally.ts';
import { unsettled } from './unsettled.ts';
import { startVictim, type Victim } from './victim.ts';

/** Of either kind. The relays of both producers share an outbox, both consumers an inbox. */
const processCount = 2;
/** Longest wait for a kill, and for the last effect, in milliseconds. */
const killTimeoutMs = 30_000;
const settleMs = 60_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** On SQLite, in KV, and on Postgres where there is one, each for its part of the time. */
export async function outbox({ seconds, seed }: SoakOptions): Promise<SoakResult> {
  const programs = findPostgres();
  const part = { seconds: seconds / (programs === undefined ? 2 : 3), seed };
  const sqlite = await outboxOnSqlite(part);
  const kv = await outboxInKv(part);
  const postgres = programs === undefined ? undefined : await outboxOnPostgres(part, programs);
  const results = postgres === undefined ? [sqlite, kv] : [sqlite, kv, postgres];
  const sum = (name: string): number => results.reduce((total, { counts }) => total + (counts[name] ?? 0), 0);
  return {
    ok: results.every(({ ok }) => ok),
    counts: {
      ...Object.fromEntries(Object.keys(sqlite.counts).map((name) => [name, sum(name)])),
      inKv: kv.counts.committed ?? 0,
      onPostgres: postgres?.counts.committed ?? 0,
    },
    violations: results.flatMap(({ violations }) => violations),
  };
}

/** State of producers and consumers in the KV of the broker that has the events. */
export async function outboxInKv(options: SoakOptions): Promise<SoakResult> {
  return await run(options, inKv);
}

/** Those who are killed find the broker as they are told to, past what kills them. */
const inKv: Locations = { PRODUCER_STATE: kvScheme, CONSUMER_STATE: kvScheme };

export async function outboxOnSqlite(options: SoakOptions): Promise<SoakResult> {
  const folder = await mkdtemp(join(tmpdir(), 'busline-soak-'));
  try {
    return await run(options, {
      PRODUCER_STATE: join(folder, 'producer.db'),
      CONSUMER_STATE: join(folder, 'consumer.db'),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param programs Folder of Postgres' programs. */
export async function outboxOnPostgres(options: SoakOptions, programs: string): Promise<SoakResult> {
  const server = await startPostgres(programs);
  try {
    return await run(options, { PRODUCER_STATE: server.url, CONSUMER_STATE: server.url });
  } finally {
    await server.stop();
  }
}

/** Where the databases are, as the processes learn it from their environment. */
interface Locations extends Readonly<Record<string, string>> {
  readonly PRODUCER_STATE: string;
  readonly CONSUMER_STATE: string;
}

/**
 * Producers commit state and event together, consumers commit an effect with the note that the event was handled, and
 * all are killed between each two steps of that way: each row of state has one effect.
 */
async function run({ seconds, seed }: SoakOptions, locations: Locations): Promise<SoakResult> {
  const random = createSeededRandom(seed);
  await using cleanup = new AsyncDisposableStack();
  const nats = await startNats();
  cleanup.defer(() => nats.stop());
  const inside = (location: string): string => (location === kvScheme ? kvScheme + nats.url : location);
  const made = await openState(inside(locations.PRODUCER_STATE));
  cleanup.defer(() => made.close());
  const handled = await openState(inside(locations.CONSUMER_STATE));
  cleanup.defer(() => handled.close());
  const bus = await connect({ servers: nats.url, name: 'soak', logger: silent });
  cleanup.defer(() => bus.drain());
  await bus.applyStreams(await bus.planStreams([CountedSchema]));
  const stored = await follow(bus);

  const start = async (kind: Step['victim']): Promise<Victim> => {
    const victim = await startVictim(`./${kind}.ts`, nats.port, locations);
    cleanup.defer(() => victim.stop());
    return victim;
  };
  const startAll = (kind: Step['victim']) =>
    Promise.all(Array.from({ length: processCount }, () => start(kind)));
  const [consumer, producer] = await Promise.all([startAll('consumer'), startAll('producer')]);
  const victims = { consumer, producer };

  const kills: Record<string, number> = Object.fromEntries(steps.map(({ name }) => [name, 0]));
  const endsAtMs = performance.now() + seconds * 1_000;
  // Every step once, however short the time is.
  for (let round = 0; round < steps.length || performance.now() < endsAtMs; round++) {
    const step = steps[round < steps.length ? round : random.below(steps.length)] as Step;
    await killAt(step, victims[step.victim], random);
    kills[step.name] = (kills[step.name] ?? 0) + 1;
  }

  await Promise.all(producer.map((victim) => victim.ready()));
  for (const victim of producer) victim.send({ stop: true });
  await within(settleMs, async () => {
    const waits = locations === inKv ? unsettled(nats.monitorUrl, 'outbox') : made.count('busline_outbox');
    if ((await waits) > 0) return false;
    const rows = await made.count('made');
    if ((await handled.count('handled')) < rows || stored.size < rows) return false;
    // What a killed consumer held comes again, and must have no second effect.
    return (await unsettled(nats.monitorUrl, 'soak')) === 0;
  });

  const { violations, ...result } = tally(await made.read('made'), await handled.read('handled'));
  const wrongPlaces = misplaced(stored.values());
  return {
    ok: violations.length === 0 && wrongPlaces.length === 0,
    counts: {
      committed: await made.count('made'),
      effects: await handled.count('handled'),
      ...result,
      misplacedInStream: wrongPlaces.length,
      repeatsHeldOffByInbox: await handled.count('repeats'),
      ...kills,
    },
    violations: [...violations, ...wrongPlaces.slice(0, 20)],
  };
}

/** Reads the stream beside the consumers, in a process that nobody kills. */
async function follow(bus: Bus): Promise<Map<number, StoredNumber>> {
  const stored = new Map<number, StoredNumber>();
  await bus.serve({
    name: 'audit',
    version: '1.0.0',
    events: [
      on(CountedSchema, { consumer: 'audit', prefetch: 1_000 }, ({ key, number }, { sequence }) => {
        stored.set(sequence, { sequence, key, number: Number(number) });
      }),
    ],
  });
  return stored;
}

/** Kills one of the processes at a step, whichever comes to it first. */
async function killAt({ at, name }: Step, victims: readonly Victim[], random: SeededRandom): Promise<void> {
  await Promise.any(victims.map((victim) => victim.ready()));
  const deaths = (): number => victims.reduce((sum, victim) => sum + victim.deaths, 0);
  const before = deaths();
  if (at === undefined) {
    await delay(random.below(300));
    victims[random.below(victims.length)]?.kill();
  } else {
    const skipped = random.below(100);
    for (const victim of victims) victim.arm(at, skipped);
  }
  const killed = await within(killTimeoutMs, () => deaths() > before);
  for (const victim of victims) victim.disarm();
  if (!killed) throw new Error(`nobody came to the step ${name} within ${killTimeoutMs} ms`);
}

/** Whether a condition was met in time. */
async function within(ms: number, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const giveUpAtMs = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) return false;
    await delay(5);
  }
  return true;
}
