import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { StreamSpec } from './stream-spec.ts';

/** One setting of a stream that is not as the contracts say. */
export interface StreamChange {
  readonly setting: string;
  readonly from: string;
  readonly to: string;
  /** What is lost by it; undefined where nothing can be. */
  readonly harm?: string | undefined;
}

/** What is to be done about one stream. */
export interface PlannedStream {
  readonly name: string;
  readonly events: readonly string[];
  readonly action: 'create' | 'update' | 'keep' | 'blocked';
  readonly changes: readonly StreamChange[];
  /** What the stream becomes when every change is made. */
  readonly config: Partial<StreamConfig> & { readonly name: string };
  /** What the stream becomes when only harmless changes are made. */
  readonly safeConfig: Partial<StreamConfig> & { readonly name: string };
}

/** Choices of whoever applies. */
export interface PlanContext {
  /** Copies of a stream whose contract does not say. */
  readonly replicas: number;
}

/** Where the number of partitions is kept: the broker itself knows nothing of them. */
export const partitionsKey = 'busline.partitions';

const nsPerMs = 1_000_000;

/** Compares a stream with its contracts. `current` is undefined when it does not exist. */
export function planStream(
  spec: StreamSpec,
  current: StreamConfig | undefined,
  context: PlanContext,
): PlannedStream {
  const { name } = spec.settings;
  const config = wantedConfig(spec, context);
  const base = { name, events: spec.events };
  if (current === undefined) return { ...base, action: 'create', changes: [], config, safeConfig: config };

  const merged = { ...config, subjects: mergeSubjects(current.subjects, config.subjects) };
  const impossible = fixedDifferences(current, merged);
  const changes = [...impossible, ...differences(current, merged)];
  const harmful = changes.filter(({ harm }) => harm !== undefined);
  return {
    ...base,
    action: impossible.length > 0 ? 'blocked' : changes.length > 0 ? 'update' : 'keep',
    changes,
    config: merged,
    safeConfig: withoutHarm(current, merged, harmful),
  };
}

type WantedConfig = ReturnType<typeof wantedConfig>;

function wantedConfig({ settings, subjects, events }: StreamSpec, { replicas }: PlanContext) {
  return {
    name: settings.name,
    description: `events of ${events.join(', ')}`.slice(0, 4000),
    subjects: [...subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    compression: StoreCompression.None,
    discard: settings.whenFull === 'refuse' ? DiscardPolicy.New : DiscardPolicy.Old,
    max_age: settings.maxAgeMs * nsPerMs,
    max_bytes: settings.maxBytes,
    max_msgs: settings.maxMessages,
    duplicate_window: settings.duplicateWindowMs * nsPerMs,
    num_replicas: settings.replicas ?? replicas,
    allow_direct: true,
    metadata: { [partitionsKey]: String(settings.partitions) },
  };
}

/** Subjects are only ever added: events of a version that is being rolled out, or back, must stay stored. */
function mergeSubjects(current: readonly string[], wanted: readonly string[]): string[] {
  return [...current, ...wanted.filter((subject) => !current.includes(subject))];
}

function fixedDifferences(current: StreamConfig, wanted: WantedConfig): StreamChange[] {
  const harm = 'the broker cannot change it: move the events to a new stream by hand';
  return (['retention', 'storage'] as const)
    .filter((setting) => current[setting] !== wanted[setting])
    .map((setting) => ({ setting, from: current[setting], to: wanted[setting], harm }));
}

function differences(current: StreamConfig, wanted: WantedConfig): StreamChange[] {
  const changes: StreamChange[] = [];
  const compare = <T>(
    setting: string,
    values: readonly [T, T],
    show: (value: T) => string,
    harm?: string,
  ): void => {
    const [from, to] = values;
    if (from !== to) changes.push({ setting, from: show(from), to: show(to), harm });
  };
  const lower = (from: number, to: number, harm: string) => (isLess(to, from) ? harm : undefined);
  const added = wanted.subjects.filter((subject) => !current.subjects.includes(subject));
  if (added.length > 0) changes.push({ setting: 'subjects', from: '', to: `+ ${added.join(', ')}` });
  const age: [number, number] = [current.max_age, wanted.max_age];
  compare('max_age', age, showAge, lower(...age, 'older events are deleted'));
  const bytes: [number, number] = [current.max_bytes, wanted.max_bytes];
  compare('max_bytes', bytes, showLimit, lower(...bytes, 'events beyond it are deleted or new ones refused'));
  const count: [number, number] = [current.max_msgs, wanted.max_msgs];
  compare(
    'max_messages',
    count,
    showLimit,
    lower(...count, 'events beyond it are deleted or new ones refused'),
  );
  compare(
    'when_full',
    [current.discard, wanted.discard],
    String,
    wanted.discard === DiscardPolicy.Old ? 'a full stream drops events that nobody has handled' : undefined,
  );
  compare('duplicate_window', [current.duplicate_window ?? 0, wanted.duplicate_window], showAge);
  const copies: [number, number] = [current.num_replicas, wanted.num_replicas];
  compare('replicas', copies, String, lower(...copies, 'fewer copies survive fewer failures'));
  const partitions = current.metadata?.[partitionsKey];
  compare(
    'partitions',
    [partitions ?? 'unknown', wanted.metadata[partitionsKey] as string],
    String,
    partitions === undefined
      ? undefined
      : 'keys move to other partitions, so their order is not kept across the change',
  );
  compare('allow_direct', [current.allow_direct === true, true], String);
  return changes;
}

/** 0 and below stand for "no limit". */
function isLess(a: number, b: number): boolean {
  return a > 0 && (b <= 0 || a < b);
}

function withoutHarm(
  current: StreamConfig,
  wanted: WantedConfig,
  harmful: readonly StreamChange[],
): PlannedStream['safeConfig'] {
  const kept: Record<string, unknown> = {};
  for (const { setting } of harmful) {
    const field = fieldOf[setting];
    if (field === 'metadata') kept.metadata = { ...wanted.metadata, ...current.metadata };
    else if (field !== undefined) kept[field] = current[field];
  }
  return { ...wanted, ...kept };
}

const fieldOf: Readonly<Record<string, keyof StreamConfig>> = {
  max_age: 'max_age',
  max_bytes: 'max_bytes',
  max_messages: 'max_msgs',
  when_full: 'discard',
  replicas: 'num_replicas',
  partitions: 'metadata',
  retention: 'retention',
  storage: 'storage',
};

function showAge(ns: number): string {
  if (ns === 0) return 'for ever';
  const seconds = ns / nsPerMs / 1000;
  const [unit, size] = (
    [
      ['d', 86_400],
      ['h', 3600],
      ['min', 60],
    ] as const
  ).find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return `${seconds / size} ${unit}`;
}

function showLimit(limit: number): string {
  return limit <= 0 ? 'none' : limit.toLocaleString('en-US');
}
