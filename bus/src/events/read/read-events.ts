import type { DescMessage } from '@bufbuild/protobuf';
import type { Connection } from '../../connection/connection.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import type { ContractLookup } from '../contract/contract-cache.ts';
import {
  createDirectReader,
  type DirectBatch,
  type DirectQuery,
  type DirectReader,
} from './direct-reader.ts';
import { placeBefore } from './first-place.ts';
import { keepTrying } from './keep-trying.ts';
import { lostPlaces } from './lost-places.ts';
import { pause } from './pause.ts';
import { createPublishedSubjects, type PublishedSubjects } from './published-subjects.ts';
import { type ReadOptions, type ReadSource, readSource } from './read-options.ts';
import { readingEnd } from './reading-end.ts';
import { type EventGap, readStoredEvent, type StoredEvent } from './stored-event.ts';
import { type StreamState, streamState } from './stream-state.ts';
import { createWakeUps, type WakeUps } from './wake-ups.ts';

/** How often a stream is looked at although nothing was heard, in milliseconds: a plain subscription may lose. */
const lookMs = 5_000;
/**
 * Waits before looking again for an event that was heard of and is not stored yet, in milliseconds, doubling from the first
 * to the last: a single node takes some 0.2 ms, a cluster a round trip, and a repeated id is never stored.
 */
const firstAgainMs = 1;
const lastAgainMs = 256;
/** For how long reading without following puts up with that, in milliseconds: longer than an election. */
const patienceMs = 15_000;
/** How often, and how long apart in milliseconds, a leader is asked that claims to have less than was read: two seconds in all. */
const timesAsked = 8;
const askAgainMs = 250;
/** Time in which a reader who was up to date may take a batch, in milliseconds, before it is asked what was lost meanwhile. */
const promptMs = 1_000;

/**
 * Reads events from their stream without a consumer: what is stored, in the order of the stream, and then what comes. Any
 * number may read, and nothing is left at the broker; those who follow the same over one connection share what is heard and
 * read. It holds one batch (1 MiB) however slowly it is read from.
 *
 * Places that are gone are told as gaps. Reading everything of a stream, every missing place is one; with a filter, those
 * that the head of the stream has lost: a single event deleted further in leaves no trace then. In a cluster a replica
 * answers, which may be some milliseconds behind.
 *
 * @throws TypeError for options that do not go together; ConnectError NO_STREAM, JETSTREAM_OFF, FAILED_PRECONDITION;
 * UNAVAILABLE when the broker is away at the beginning, or for 15 s and nothing is followed. Following waits for as long
 * as it takes.
 */
export function readEvents<S extends DescMessage>(
  shared: ReadingShare,
  options: ReadOptions<S>,
): AsyncGenerator<StoredEvent<S> | EventGap, void, undefined> {
  const source = readSource(options);
  // The contracts asked for are those of `S`.
  return read(shared, options, source) as AsyncGenerator<StoredEvent<S> | EventGap, void>;
}

/** What all who read over one connection share. */
export interface ReadingShare {
  readonly connection: Connection;
  readonly reader: DirectReader;
  readonly published: PublishedSubjects;
  readonly lookup: ContractLookup;
}

export function createReadingShare(connection: Connection, lookup: ContractLookup): ReadingShare {
  return {
    connection,
    reader: createDirectReader(connection),
    published: createPublishedSubjects(connection),
    lookup,
  };
}

async function* read(
  { connection, reader, published, lookup }: ReadingShare,
  options: ReadOptions,
  source: ReadSource,
): AsyncGenerator<StoredEvent | EventGap, void> {
  const { stream, filter, accepts, contracts } = source;
  const end = readingEnd(connection, options.signal);
  const currentState = (): Promise<StreamState> =>
    throughElections(connection, () => streamState(connection, stream));
  /** A leader that was just elected may not know yet what its predecessor gave out: it is asked again before it is believed. */
  const stateUpTo = async (place: number, { created }: StreamState): Promise<StreamState> => {
    for (let asked = 1; ; asked++) {
      const now = await streamState(connection, stream);
      if (now.lastSequence >= place || now.created !== created || asked === timesAsked) return now;
      await pause(connection, askAgainMs, end.signal);
    }
  };
  let wakeUps: WakeUps | undefined;
  // Whether something may be lost, or the stream another one: at the beginning, after a break, and after a delay.
  let uncertain = true;
  const persistently = <T>(work: () => Promise<T>): Promise<T> =>
    keepTrying(
      connection,
      {
        patienceMs: options.follow === true ? Number.POSITIVE_INFINITY : patienceMs,
        signal: end.signal,
        onFailure(error) {
          uncertain = true;
          connection.log.debug({ err: error, stream }, 'reading events again');
        },
      },
      work,
    );
  const contractOf: ContractLookup = async (type) =>
    contracts.get(type) ?? (await persistently(() => lookup(type)));
  try {
    let state = await currentState();
    if (options.follow === true) {
      wakeUps = createWakeUps(connection, published, filter === undefined ? state.subjects : [filter]);
      await connection.flush();
      // Again: from here on, what is stored is heard of.
      state = await currentState();
    }
    let untilPlace = wakeUps === undefined ? state.lastSequence : Number.POSITIVE_INFINITY;
    const probe = (from: DirectQuery['from']): Promise<DirectBatch> =>
      throughElections(connection, () => reader.read(stream, { from, filter, batch: 1 }, end.signal));
    let place = await placeBefore(options.from, state, probe);
    let behind = false;
    let caughtUp = false;
    let againMs = firstAgainMs;

    while (!end.signal.aborted && (uncertain || place < untilPlace)) {
      if (wakeUps?.takeBreak()) uncertain = true;
      const [batch, lost] = await persistently(async () => {
        const read = await reader.read(stream, { from: { sequence: place + 1 }, filter }, end.signal);
        // After the read, since only then it is certain what was too late for it.
        if (!uncertain && !(behind && read.messages[0]?.sequence !== place + 1)) return [read, undefined];
        const now = await stateUpTo(place, state);
        const gap = lostPlaces(place, state, now);
        state = now;
        return [read, gap];
      });
      uncertain = false;
      if (lost?.why === 'began-anew') {
        place = Math.max(1, state.firstSequence) - 1;
        if (wakeUps === undefined) untilPlace = state.lastSequence;
        if (lost.to > 0) yield { kind: 'gap', stream, ...lost };
        continue;
      }
      if (lost !== undefined) {
        // What was read before it was lost is not.
        const to = Math.min(lost.to, (batch.messages[0]?.sequence ?? lost.to + 1) - 1);
        if (to > place) yield { kind: 'gap', stream, ...lost, to };
        place = to;
      }

      const readAtMs = performance.now();
      let heardOf = 0;
      for (const stored of batch.messages) {
        const { sequence, subject } = stored;
        if (sequence > untilPlace) return;
        if (filter === undefined && sequence > place + 1) {
          yield { kind: 'gap', stream, from: place + 1, to: sequence - 1, why: 'removed' };
        }
        place = sequence;
        // What was stored before the subscription began, or was renewed, may not have been heard of.
        if (sequence > state.lastSequence) heardOf++;
        if (!accepts(subject)) continue;
        yield await readStoredEvent(stored, { stream, lookup: contractOf });
        if (end.signal.aborted) return;
      }
      behind = batch.pending > 0;
      if (performance.now() - readAtMs > promptMs) uncertain = true;
      wakeUps?.found(heardOf);
      if (behind) continue;
      if (!caughtUp) {
        caughtUp = true;
        options.onCaughtUp?.({ stream, sequence: place });
      }
      if (wakeUps === undefined) return;
      if (heardOf > 0 || wakeUps.owed === 0) againMs = firstAgainMs;
      if (wakeUps.owed === 0) {
        await wakeUps.next(lookMs, end.signal);
      } else if (againMs <= lastAgainMs) {
        await pause(connection, againMs, end.signal);
        againMs *= 2;
      } else {
        // Not stored, or removed again already: some streams keep an event only until it is acknowledged.
        wakeUps.forgive();
        uncertain = true;
        againMs = firstAgainMs;
      }
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  } finally {
    wakeUps?.stop();
    end.release();
  }
}
