import { type DescMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type EventGap, type EventTypes, type ReadFrom, redacted, type StoredEvent } from '@busline/bus';
import { withBus } from '../connection/with-bus.ts';
import { eventTypesOfBus, findEventType } from '../contracts/event-types-of-bus.ts';
import { parsePlace } from '../events/place.ts';
import { jsonText } from '../output/json-text.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from '../program/command-context.ts';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { type EventFilter, parseFilters } from './event-filter.ts';
import { eventStreams } from './event-streams.ts';
import { mergeByTime } from './merge-by-time.ts';

export interface TailOptions {
  readonly last?: string;
  readonly since?: string;
  readonly fromStart?: boolean;
  readonly key?: string;
  readonly filter?: readonly string[];
  readonly follow: boolean;
  readonly raw?: boolean;
}

/** Prints events until Ctrl-C, or with `--no-follow` until there are no more. */
export async function tail(
  context: CommandContext,
  name: string | undefined,
  options: TailOptions,
): Promise<void> {
  const { signal } = context;
  const from = beginOf(options);
  const filter = parseFilters(options.filter ?? []);
  await withBus(context, async (bus) => {
    const types = await eventTypesOfBus(bus);
    const sources = sourcesOf(name, types);
    const reading = new AbortController();
    const stop = AbortSignal.any([signal, reading.signal]);
    try {
      const readings = sources.map((source) =>
        bus.readEvents({ ...source, from, key: options.key, follow: options.follow, signal: stop }),
      );
      if (options.follow && !context.output.json)
        context.output.note(`following ${namesOf(sources)}; Ctrl-C ends it`);
      for await (const item of mergeByTime(readings, storedAtMs, quietMs)) {
        if (item.kind === 'gap') tellGap(context.output, item);
        else await tellEvent(context.output, item, { filter, types, raw: options.raw === true });
      }
    } finally {
      // One that failed ends the others.
      reading.abort();
    }
  });
}

/** Streams are read at the same time; one that is silent so long has been read to its end. */
const quietMs = 100;

function storedAtMs(item: StoredEvent | EventGap): number | undefined {
  return item.kind === 'gap' ? undefined : item.storedAt.getTime();
}

function namesOf(sources: readonly Source[]): string {
  const names = sources.flatMap((source) =>
    'stream' in source ? [source.stream] : source.event.map(({ typeName }) => typeName),
  );
  return names.join(', ');
}

function beginOf({ last, since, fromStart, follow }: TailOptions): ReadFrom {
  const given = [last, since, fromStart].filter((option) => option !== undefined);
  if (given.length > 1) throw usage('--last, --since and --from-start do not go together');
  if (last !== undefined) {
    if (!/^[1-9]\d{0,8}$/.test(last)) throw usage(`--last must be a whole number from 1, not ${last}`);
    return { last: Number(last) };
  }
  if (since !== undefined) {
    const place = parsePlace(since, '--since');
    return typeof place === 'number' ? { sequence: Math.max(1, place) } : { time: place };
  }
  return fromStart || !follow ? 'start' : 'now';
}

type Source = { readonly stream: string } | { readonly event: readonly DescMessage[] };

/** What to read: one event, one stream with whatever it holds, or all events of all streams. */
function sourcesOf(name: string | undefined, types: EventTypes): Source[] {
  const streams = eventStreams(types);
  if (name === undefined) {
    if (streams.size === 0) {
      throw new CommandFailure({
        code: 'EVENT_UNKNOWN',
        exitCode: ExitCode.notFound,
        what: 'there are no events here',
        why: 'no contract of an event is in the registry',
        hint: 'busline events apply makes the streams of this project and announces their contracts',
      });
    }
    return [...streams.values()].map((event) => ({ event }));
  }
  return streams.has(name) ? [{ stream: name }] : [{ event: [findEventType(name, types).schema] }];
}

interface Telling {
  readonly filter: EventFilter;
  readonly types: EventTypes;
  readonly raw: boolean;
}

async function tellEvent(output: Output, event: StoredEvent, { filter, types, raw }: Telling): Promise<void> {
  const { schema, message } = event;
  const registry = types.get(event.type ?? '')?.registry;
  const json: JsonValue | undefined =
    schema === undefined || message === undefined || raw
      ? undefined
      : toJson(schema, redacted(schema, message, registry), { ...(registry && { registry }) });
  if (!raw && !filter(json ?? null)) return;
  if (output.json) output.record(recordOf(event, json));
  else for (const line of linesOf(output, event, json)) output.line(line);
  await output.drained();
}

function recordOf(event: StoredEvent, json: JsonValue | undefined): object {
  const { stream, sequence, storedAt, subject, id, type, key, head, body, problem } = event;
  return {
    stream,
    sequence,
    storedAt,
    id,
    type: type ?? null,
    key: key ?? null,
    source: head.source ?? null,
    time: head.time ?? null,
    traceparent: head.traceparent ?? null,
    ...(json === undefined ? { subject, bytes: Buffer.from(body).toString('base64') } : { event: json }),
    ...(problem !== undefined && { problem: problem.rawMessage }),
  };
}

function linesOf({ paint }: Output, event: StoredEvent, json: JsonValue | undefined): string[] {
  const { stream, sequence, storedAt, subject, type, key, body, problem } = event;
  const time = storedAt.toISOString().slice(11, 23);
  const head = `${paint.dim(`${time} ${stream} ${sequence}`)} ${paint.title(type ?? subject)}${key === undefined ? '' : ` ${paint.dim('key')} ${key}`}`;
  if (json !== undefined) return [`${head} ${jsonText(json)}`];
  const why =
    problem?.rawMessage ?? (event.schema === undefined ? 'its contract is not in the registry' : undefined);
  return [
    `${head} ${paint.dim(`${subject} ${body.length} bytes`)} ${Buffer.from(body).toString('hex')}`,
    ...(why === undefined ? [] : [`  ${paint.warn('not decoded:')} ${why}`]),
  ];
}

function tellGap(output: Output, { stream, from, to, why }: EventGap): void {
  if (output.json) output.record({ gap: { stream, from, to, why } });
  else output.note(output.messagePaint.warn(`${stream}: ${from} to ${to} are gone (${why})`));
}

function usage(what: string): CommandFailure {
  return new CommandFailure({
    code: 'USAGE',
    exitCode: ExitCode.usage,
    what,
    hint: 'busline tail --help has examples',
  });
}
