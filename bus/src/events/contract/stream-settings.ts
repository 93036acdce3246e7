import { type DescMessage, getOption, hasOption } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { event, type StreamOptions, WhenFull } from '@busline/schemas/busline/events/v1/options';

/** A stream as the contracts describe it, with every default filled in. */
export interface StreamSettings {
  readonly name: string;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** -1 for no limit. */
  readonly maxMessages: number;
  readonly duplicateWindowMs: number;
  /** Undefined where the contracts leave it to whoever applies them. */
  readonly replicas: number | undefined;
  readonly partitions: number;
  readonly whenFull: 'refuse' | 'drop-oldest';
}

const dayMs = 24 * 60 * 60 * 1000;

/** Long enough to mend a consumer that failed on a Friday. */
const defaultMaxAgeMs = 7 * dayMs;
/** Small, because the broker reserves it. */
const defaultMaxBytes = 256 * 1024 * 1024;
/** The broker's own default: longer than any publisher keeps trying. */
const defaultDuplicateWindowMs = 120_000;
/** More than the instances that most consumers have, so that each gets some. */
const defaultPartitions = 16;
const maxPartitions = 256;

/**
 * The stream of an event: what its own option and those of the other events of its file say, together.
 *
 * @throws TypeError when two of them contradict each other, or a setting cannot be used.
 */
export function streamSettings(schema: DescMessage): StreamSettings {
  const name = streamName(schema);
  const stated: Partial<Record<keyof StreamSettings, { readonly by: string; readonly value: unknown }>> = {};
  for (const sibling of eventsOfFile(schema)) {
    if (streamName(sibling) !== name) continue;
    for (const [setting, value] of Object.entries(statedBy(sibling))) {
      const key = setting as keyof StreamSettings;
      const earlier = stated[key];
      if (value === undefined) continue;
      if (earlier !== undefined && earlier.value !== value) {
        throw new TypeError(
          `stream ${name}: ${earlier.by} says ${setting} ${String(earlier.value)}, ${sibling.typeName} says ${String(value)}; say it once`,
        );
      }
      stated[key] = { by: sibling.typeName, value };
    }
  }
  const settings = {
    name,
    maxAgeMs: defaultMaxAgeMs,
    maxBytes: defaultMaxBytes,
    maxMessages: -1,
    duplicateWindowMs: Math.min(defaultDuplicateWindowMs, Number(stated.maxAgeMs?.value ?? Infinity)),
    replicas: undefined,
    partitions: defaultPartitions,
    whenFull: 'refuse',
    ...Object.fromEntries(Object.entries(stated).map(([setting, { value }]) => [setting, value])),
  } as StreamSettings;
  check(schema, settings);
  return settings;
}

function streamName(schema: DescMessage): string {
  const named = getOption(schema, event).stream?.name;
  if (named) return named;
  const context = schema.file.proto.package.replace(/(^|\.)v[0-9]+((alpha|beta)[0-9]*)?$/, '');
  return `EVT_${context.replaceAll('.', '_').toUpperCase() || 'DEFAULT'}`;
}

function eventsOfFile({ file }: DescMessage): DescMessage[] {
  const found: DescMessage[] = [];
  const visit = (messages: readonly DescMessage[]): void => {
    for (const message of messages) {
      if (hasOption(message, event)) found.push(message);
      visit(message.nestedMessages);
    }
  };
  visit(file.messages);
  return found;
}

function statedBy(schema: DescMessage): Partial<Record<keyof StreamSettings, unknown>> {
  const options: StreamOptions | undefined = getOption(schema, event).stream;
  if (options === undefined) return {};
  const { maxAge, maxBytes, maxMessages, duplicateWindow, replicas, partitions, whenFull } = options;
  return {
    maxAgeMs: maxAge && durationMs(maxAge),
    maxBytes: maxBytes === undefined ? undefined : Number(maxBytes),
    maxMessages: maxMessages === undefined ? undefined : Number(maxMessages),
    duplicateWindowMs: duplicateWindow && durationMs(duplicateWindow),
    replicas,
    partitions,
    whenFull: whenFullNames[whenFull],
  };
}

const whenFullNames: Readonly<Record<number, StreamSettings['whenFull'] | undefined>> = {
  [WhenFull.REFUSE]: 'refuse',
  [WhenFull.DROP_OLDEST]: 'drop-oldest',
};

function check(schema: DescMessage, settings: StreamSettings): void {
  const { name, maxAgeMs, maxBytes, maxMessages, duplicateWindowMs, replicas = 1, partitions } = settings;
  const refuse = (what: string): never => {
    throw new TypeError(`event ${schema.typeName}, stream "${name}": ${what}`);
  };
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) refuse('a stream name must be 1 to 64 letters, digits, - and _');
  // JetStream takes no age and no window below 100 ms.
  if (!(maxAgeMs >= 100)) refuse(`max_age must be at least 0.1 s, not ${maxAgeMs / 1000} s`);
  if (!(duplicateWindowMs >= 100 && duplicateWindowMs <= maxAgeMs))
    refuse(`duplicate_window must be from 0.1 s to max_age, not ${duplicateWindowMs / 1000} s`);
  if (!(maxBytes >= 1)) refuse(`max_bytes must be above 0, not ${maxBytes}`);
  if (maxMessages !== -1 && !(maxMessages >= 1)) refuse(`max_messages must be above 0, not ${maxMessages}`);
  if (replicas < 1 || replicas > 5) refuse(`replicas must be 1 to 5, not ${replicas}`);
  if (partitions < 1 || partitions > maxPartitions)
    refuse(`partitions must be 1 to ${maxPartitions}, not ${partitions}`);
}
