import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, connect, on } from '@busline/bus';
import { startNats } from '@busline/bus/testing';
import { CountedSchema } from '@busline/schemas/busline/bench/v1/events';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import type { SoakOptions, SoakResult } from '../streams/soak.ts';
import { openDatabase, readNumbers } from './databases.ts';
import { type Step, steps } from './steps.ts';
import { misplaced, type StoredNumber, tally } from './tally.ts';
import { startVictim, type Victim } from './victim.ts';

/** Of either kind. The relays of both producers share an outbox, both consumers an inbox. */
const processCount = 2;
/** Longest wait for a kill, and for the last effect, in milliseconds. */
const killTimeoutMs = 30_000;
const settleMs = 60_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Producers commit state and event together, consumers commit an effect with the note that the event was handled, and
 * all are killed between each two steps of that way: each row of state has one effect.
 */
export async function outbox({ seconds, seed }: SoakOptions): Promise<SoakResult> {
  const random = createSeededRandom(seed);
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'busline-soak-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const files = { MADE_FILE: join(folder, 'made.db'), HANDLED_FILE: join(folder, 'handled.db') };
  const made = openDatabase(files.MADE_FILE, 'made');
  const handled = openDatabase(files.HANDLED_FILE, 'handled');
  cleanup.defer(() => {
    made.close();
    handled.close();
  });
  const nats = await startNats();
  cleanup.defer(() => nats.stop());
  const bus = await connect({ servers: nats.url, name: 'soak', logger: silent });
  cleanup.defer(() => bus.drain());
  await bus.applyStreams(await bus.planStreams([CountedSchema]));
  const stored = await follow(bus);

  const start = async (kind: Step['victim']): Promise<Victim> => {
    const victim = await startVictim(`./${kind}.ts`, nats.port, files);
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
  const count = (): number => Number(made.prepare('SELECT count(*) AS n FROM busline_outbox').get()?.n);
  const effects = (): number => Number(handled.prepare('SELECT count(*) AS n FROM handled').get()?.n);
  const rows = (): number => Number(made.prepare('SELECT count(*) AS n FROM made').get()?.n);
  await within(settleMs, () => count() === 0 && effects() >= rows() && stored.size >= rows());

  const { violations, ...result } = tally(readNumbers(made, 'made'), readNumbers(handled, 'handled'));
  const wrongPlaces = misplaced(stored.values());
  const repeated = Number(handled.prepare('SELECT count(*) AS n FROM repeats').get()?.n);
  return {
    ok: violations.length === 0 && wrongPlaces.length === 0,
    counts: {
      committed: rows(),
      effects: effects(),
      ...result,
      misplacedInStream: wrongPlaces.length,
      repeatsHeldOffByInbox: repeated,
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
async function within(ms: number, condition: () => boolean): Promise<boolean> {
  const giveUpAtMs = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > giveUpAtMs) return false;
    await delay(5);
  }
  return true;
}
