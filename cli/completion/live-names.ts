import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withBus } from '../connection/with-bus.ts';
import { eventTypesOfBus } from '../contracts/event-types-of-bus.ts';
import { methodName } from '../contracts/known-service.ts';
import { servicesOfBus } from '../contracts/services-of-bus.ts';
import type { CommandContext } from '../program/command-context.ts';

export type NameKind = 'method' | 'event' | 'consumer' | 'service' | 'worker';
type Names = Readonly<Record<NameKind, readonly string[]>>;

/** How long somebody who pressed Tab waits for names, in milliseconds. */
const patienceMs = 300;

/** How long names count as live, in milliseconds. */
const freshMs = 10_000;

/**
 * Names of what is live. Those that were found within the last ten seconds are taken as they are; otherwise they are asked for,
 * and when that takes longer than 300 ms, the last ones known are better than none, and `onLate` is called.
 */
export async function liveNames(
  context: CommandContext,
  kind: NameKind,
  onLate: () => void,
): Promise<readonly string[]> {
  const cached = await readCache(cacheFile(context));
  if (cached !== undefined && Date.now() - cached.atMs < freshMs) return cached.names[kind];
  const asked = refreshNames(context).catch(() => noNames);
  const names = await Promise.race([asked, delay(patienceMs, undefined)]);
  if (names === undefined) onLate();
  return (names ?? cached?.names ?? noNames)[kind];
}

/** Asks for all names, and keeps them for the next time. */
export async function refreshNames(context: CommandContext): Promise<Names> {
  const names = await askForNames(context);
  await writeCache(cacheFile(context), names);
  return names;
}

const noNames: Names = { method: [], event: [], consumer: [], service: [], worker: [] };

async function askForNames(context: CommandContext): Promise<Names> {
  return await withBus(context, async (bus) => {
    const [services, events, consumers, stats] = await Promise.all([
      servicesOfBus(bus),
      eventTypesOfBus(bus),
      bus.consumers.list().catch(() => []),
      bus.stats(),
    ]);
    const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
    return {
      method: sorted([...services.values()].flatMap(({ desc }) => desc.methods.map(methodName))),
      service: sorted(services.keys()),
      event: sorted(events.keys()),
      consumer: sorted(consumers.map(({ consumer }) => consumer)),
      worker: sorted(stats.map(({ worker }) => `${worker}=`)),
    };
  });
}

interface Cached {
  readonly atMs: number;
  readonly names: Names;
}

function cacheFile({ env, settings }: CommandContext): string {
  const folder = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const key = createHash('sha256').update(settings.nats).digest('hex').slice(0, 16);
  return join(folder, 'busline', 'names', `${key}.json`);
}

async function readCache(file: string): Promise<Cached | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Cached;
  } catch {
    return undefined;
  }
}

async function writeCache(file: string, names: Names): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const cached: Cached = { atMs: Date.now(), names };
  // As a whole, so that another shell reads the old or the new one.
  await writeFile(`${file}.${process.pid}`, JSON.stringify(cached));
  await rename(`${file}.${process.pid}`, file);
}
