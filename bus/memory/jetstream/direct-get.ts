import { statusHead, withFields } from '../server/message-head.ts';
import { matchesSubject } from '../server/subject-match.ts';
import type { StoredMessage } from './message-log.ts';
import type { Stream } from './stream.ts';

/** Which messages to read (ADR-31 of NATS). */
export interface DirectQuery {
  readonly seq?: number;
  readonly next_by_subj?: string;
  readonly last_by_subj?: string;
  readonly start_time?: string;
  readonly batch?: number;
  readonly max_bytes?: number;
  readonly multi_last?: readonly string[];
  readonly up_to_seq?: number;
}

/** A message of an answer. */
export interface DirectReply {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

const nothing = new Uint8Array(0);

/** Answers a direct read: one message, or a batch and its end. */
export function directGet(stream: Stream, query: DirectQuery): DirectReply[] {
  stream.expire();
  const { batch, multi_last: lastOf } = query;
  if (batch === undefined && lastOf === undefined) {
    const found = findOne(stream, query);
    return [found === undefined ? notFound() : replyOf(stream, found)];
  }
  const matching =
    lastOf === undefined ? allFrom(stream, query) : lastOfEach(stream, lastOf, query.up_to_seq);
  if (matching.length === 0) return [notFound()];
  const chosen = withinBytes(matching.slice(0, batch ?? matching.length), query.max_bytes ?? Infinity);
  const replies = chosen.map((message, at) =>
    replyOf(stream, message, matching.length - at - 1, chosen[at - 1]),
  );
  const fields = {
    'Nats-Num-Pending': matching.length - chosen.length,
    'Nats-Last-Sequence': chosen.at(-1)?.sequence ?? 0,
    ...(lastOf !== undefined && { 'Nats-UpTo-Sequence': query.up_to_seq ?? stream.log.lastSequence }),
  };
  return [...replies, { head: statusHead('204 EOB', fields), body: nothing }];
}

/** The message of a query that asks for one. */
export function findOne(stream: Stream, query: DirectQuery): StoredMessage | undefined {
  const { seq, next_by_subj: next, last_by_subj: last } = query;
  if (last !== undefined) return lastMatching(stream, last);
  if (next !== undefined || query.start_time !== undefined) {
    return stream.log.next(startOf(stream, query), next === undefined ? [] : [next]);
  }
  return seq === undefined ? undefined : stream.log.get(seq);
}

function startOf({ log }: Stream, { seq = 1, start_time: time }: DirectQuery): number {
  if (time === undefined) return seq;
  const fromMs = Date.parse(time);
  for (const { sequence, timeMs } of log.values()) if (timeMs >= fromMs) return sequence;
  return log.lastSequence + 1;
}

function allFrom(stream: Stream, query: DirectQuery): StoredMessage[] {
  const { next_by_subj: subject } = query;
  const from = startOf(stream, query);
  return [...stream.log.values()].filter(
    (message) =>
      message.sequence >= from && (subject === undefined || matchesSubject(subject, message.subject)),
  );
}

function lastOfEach({ log }: Stream, patterns: readonly string[], upTo = Infinity): StoredMessage[] {
  const newest = new Map<string, StoredMessage>();
  for (const message of log.values()) {
    if (message.sequence > upTo || !patterns.some((one) => matchesSubject(one, message.subject))) continue;
    newest.set(message.subject, message);
  }
  return [...newest.values()].toSorted((a, b) => a.sequence - b.sequence);
}

function lastMatching({ log }: Stream, pattern: string): StoredMessage | undefined {
  const exact = log.lastOf(pattern);
  if (exact !== undefined) return exact;
  return [...log.values()].findLast(({ subject }) => matchesSubject(pattern, subject));
}

function withinBytes(messages: readonly StoredMessage[], most: number): StoredMessage[] {
  let bytes = 0;
  const over = messages.findIndex(({ body, head }) => {
    bytes += body.length + (head?.length ?? 0);
    return bytes > most;
  });
  return over < 0 ? [...messages] : messages.slice(0, Math.max(1, over));
}

function replyOf(
  stream: Stream,
  message: StoredMessage,
  pending?: number,
  previous?: StoredMessage,
): DirectReply {
  return {
    head: withFields(message.head, {
      'Nats-Stream': stream.name,
      'Nats-Subject': message.subject,
      'Nats-Sequence': message.sequence,
      'Nats-Time-Stamp': new Date(message.timeMs).toISOString(),
      ...(pending !== undefined && {
        'Nats-Num-Pending': pending,
        'Nats-Last-Sequence': previous?.sequence ?? 0,
      }),
    }),
    body: message.body,
  };
}

function notFound(): DirectReply {
  return { head: statusHead('404 Message Not Found'), body: nothing };
}
