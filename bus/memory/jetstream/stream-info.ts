import type { StreamInfo } from '@nats-io/jetstream';
import { matchesSubject } from '../server/subject-match.ts';
import type { Stream } from './stream.ts';

/** What JetStream tells about a stream. `subjectsFilter` asks for the number of messages of each subject that it names. */
export function streamInfo(stream: Stream, subjectsFilter?: string): StreamInfo {
  stream.expire();
  const { log, consumers, config, created } = stream;
  const { size, bytes, firstSequence, lastSequence } = log;
  const subjects = [...log.subjects()];
  const chosen =
    subjectsFilter === undefined ? [] : subjects.filter((subject) => matchesSubject(subjectsFilter, subject));
  return {
    config,
    created: created.toISOString(),
    ts: new Date().toISOString(),
    state: {
      messages: size,
      bytes,
      first_seq: size === 0 && lastSequence === 0 ? 0 : firstSequence,
      first_ts: timeOf(log.get(firstSequence)?.timeMs),
      last_seq: lastSequence,
      last_ts: timeOf(log.get(lastSequence)?.timeMs),
      consumer_count: consumers.length,
      num_subjects: subjects.length,
      num_deleted: size === 0 ? 0 : lastSequence - firstSequence + 1 - size,
      ...(chosen.length > 0 && {
        subjects: Object.fromEntries(chosen.map((subject) => [subject, log.countOf(subject)])),
      }),
    },
  } as unknown as StreamInfo;
}

/** The server's way to say that there is none. */
function timeOf(ms: number | undefined): string {
  return ms === undefined ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString();
}
