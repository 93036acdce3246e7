import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Connection } from '../../connection/connection.ts';
import { ensureStream, type NamedStream } from '../../jetstream/ensure-stream.ts';

/**
 * Where dead letters are kept: one stream for all of them, subject `dlq.<stream>.<consumer>.<sequence>`. It refuses
 * when it is full, so that an event that cannot be kept there stays with its consumer.
 */
export const deadLetterStream = 'DEAD_LETTERS';

const subjectPrefix = 'dlq';

/** Some hundred thousand dead letters of ordinary size; whoever needs more has another problem. */
const maxBytes = 256 * 1024 * 1024;

/** Longer than a dead letter that is stored twice takes to be stored twice: a redelivery after a broker's restart. */
const duplicateWindowMs = 10 * 60 * 1000;

export function deadLetterSubject(deadLetterId: string): string {
  return `${subjectPrefix}.${deadLetterId}`;
}

/** The subject of all dead letters, or of those of a stream, a consumer, or both; an empty name is none. */
export function deadLetterSubjects({
  stream = '',
  consumer = '',
}: {
  readonly stream?: string;
  readonly consumer?: string;
}): string {
  if (stream === '' && consumer === '') return `${subjectPrefix}.>`;
  return `${subjectPrefix}.${stream || '*'}.${consumer || '*'}.*`;
}

/** Makes the stream if it is not there, and gives it more copies if it has too few. Its limits are the operator's. */
export async function ensureDeadLetterStream(connection: Connection, replicas = 1): Promise<void> {
  await ensureStream(connection, streamConfig(replicas));
}

function streamConfig(replicas: number): NamedStream {
  return {
    name: deadLetterStream,
    description: 'events that consumers could not handle',
    subjects: [`${subjectPrefix}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    // A dead letter that is edited, or stored again, takes the place of what it was.
    max_msgs_per_subject: 1,
    duplicate_window: duplicateWindowMs * 1_000_000,
    num_replicas: replicas,
    allow_direct: true,
  };
}
