import type { DescMessage } from '@bufbuild/protobuf';
import { commonFilter } from '../consume/filter.ts';
import { eventContract } from '../contract/event-contract.ts';
import { allOf, eventSubject, readEventSubject } from '../contract/event-subject.ts';

/**
 * Where reading begins: with the oldest there is, with what comes from now on, at a place, behind a place, at a time, or
 * with the last so many. A time in the future is as `now`.
 */
export type ReadFrom =
  | 'start'
  | 'now'
  | { readonly sequence: number }
  | { readonly after: number }
  | { readonly time: Date }
  | { readonly last: number };

/** What to read, and from where. */
export interface ReadOptions<S extends DescMessage = DescMessage> {
  /** Events of one or several types, all of one stream. Either this or `stream`. */
  readonly event?: S | readonly S[];
  /** Everything of a stream, whatever it is, but for what is sent again to single consumers. */
  readonly stream?: string;
  /** Only events with this key. Default: all. */
  readonly key?: string | undefined;
  readonly from: ReadFrom;
  /**
   * Whether to go on with what comes, until `signal` aborts. Otherwise it ends with the last event there was when it
   * began. Default false.
   */
  readonly follow?: boolean;
  /** Called once, when everything that was stored when reading began has been read: the last place that was. */
  readonly onCaughtUp?: ((place: { readonly stream: string; readonly sequence: number }) => void) | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** What is read, as the broker and as the reader see it. */
export interface ReadSource {
  readonly stream: string;
  /** What the broker is asked for; undefined for everything the stream holds. */
  readonly filter: string | undefined;
  /** Whether a subject of those that the filter lets pass is wanted. */
  accepts(subject: string): boolean;
  /** Contracts that need not be looked up, by full name and by the base of their subjects. */
  readonly contracts: ReadonlyMap<string, DescMessage>;
}

/** @throws TypeError for options that do not go together, or messages that are no events. */
export function readSource({ event, stream, key, from }: ReadOptions): ReadSource {
  checkFrom(from);
  if ((event === undefined) === (stream === undefined)) {
    throw new TypeError('readEvents: name either the event or the stream');
  }
  const keyOf = (subject: string): boolean =>
    key === undefined || readEventSubject(subject)?.key === (key === '' ? undefined : key);
  if (event === undefined) {
    const isPlain = (subject: string): boolean => !subject.startsWith(`rty.${stream}.`);
    return {
      stream: stream as string,
      filter: undefined,
      accepts: (subject) => isPlain(subject) && keyOf(subject),
      contracts: new Map(),
    };
  }
  const contracts = (Array.isArray(event) ? (event as readonly DescMessage[]) : [event as DescMessage]).map(
    eventContract,
  );
  const [first, ...others] = contracts;
  if (first === undefined) throw new TypeError('readEvents: the list of events is empty');
  for (const other of others) {
    if (other.stream.name === first.stream.name) continue;
    throw new TypeError(
      `readEvents: ${first.type} is stored in ${first.stream.name} and ${other.type} in ${other.stream.name}; read each by itself`,
    );
  }
  const bases = new Set(contracts.map(({ base }) => base));
  const subjects = contracts.map(({ base, stream: { partitions } }) =>
    key === undefined || key === '' ? allOf(base) : eventSubject(base, partitions, key),
  );
  return {
    stream: first.stream.name,
    filter: commonFilter(subjects) ?? 'evt.>',
    accepts: (subject) => bases.has(readEventSubject(subject)?.base ?? '') && keyOf(subject),
    contracts: new Map(
      contracts.flatMap(({ schema, type, base }) => [
        [type, schema],
        [base.replace(/^evt\./, ''), schema],
      ]),
    ),
  };
}

function checkFrom(from: ReadFrom): void {
  if (typeof from === 'string') return;
  if ('time' in from) {
    if (Number.isNaN(from.time.getTime())) throw new TypeError('readEvents: from.time is no valid time');
    return;
  }
  const [[name, value]] = Object.entries(from) as [[string, number]];
  const least = name === 'after' ? 0 : 1;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new TypeError(`readEvents: from.${name} must be a whole number from ${least}, not ${value}`);
  }
}
