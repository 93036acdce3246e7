import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Connection } from '../connection/connection.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import { isApiError, messageNotFound } from '../jetstream/manage.ts';
import { type EntryNotes, readNotes, writeNotes } from './entry-head.ts';

/** A value with what its entry notes beside it. */
export interface NotedValue<S extends DescMessage> {
  readonly value: MessageShape<S>;
  readonly notes: EntryNotes;
}

/** The entry of a key. */
export interface StoredEntry<S extends DescMessage> {
  /** Undefined for a key that was deleted. */
  readonly value: NotedValue<S> | undefined;
  readonly revision: number;
}

/** The entries of a bucket, whole: value and notes are read and written together. */
export interface EntryFile<S extends DescMessage> {
  /** Undefined for a key that never was. */
  read(key: string): Promise<StoredEntry<S> | undefined>;
  /**
   * Writes if the key is still at `revision`, or still absent when undefined. The new revision; undefined when it is not.
   */
  write(key: string, value: NotedValue<S>, revision: number | undefined): Promise<number | undefined>;
}

/** JetStream's code for a compare-and-set that lost, or a key that is there already. */
const wrongLastSequence = 10071;

export function createEntryFile<S extends DescMessage>(
  connection: Connection,
  { bucket, schema, what }: { readonly bucket: string; readonly schema: S; readonly what: string },
): EntryFile<S> {
  const guarded = guardedByConnection(connection, what);
  const js = jetstream(connection.nats);
  const manager = jetstreamManager(connection.nats, { checkAPI: false });
  const stream = `KV_${bucket}`;
  const subjectOf = (key: string): string => {
    if (!/^[-/=\w]+(\.[-/=\w]+)*$/.test(key)) {
      throw new ConnectError(
        `${bucket}: "${key}" is no key: it must be letters, digits and - _ / =, with dots between`,
        Code.InvalidArgument,
      );
    }
    return `$KV.${bucket}.${key}`;
  };
  return {
    read: (key) =>
      guarded(async () => {
        const subject = subjectOf(key);
        try {
          const stored = await (await manager).direct.getMessage(stream, { last_by_subj: subject });
          if (stored === null) return undefined;
          const there = stored.header.get('KV-Operation') === '';
          return {
            revision: stored.seq,
            value: there
              ? { value: fromBinary(schema, stored.data), notes: readNotes(stored.header) }
              : undefined,
          };
        } catch (error) {
          if (isApiError(error, messageNotFound)) return undefined;
          throw error;
        }
      }),
    write: (key, { value, notes }, revision = 0) =>
      guarded(async () => {
        const head = writeNotes(notes);
        try {
          const { seq } = await js.publish(subjectOf(key), toBinary(schema, value), {
            ...(head !== undefined && { headers: head }),
            expect: { lastSubjectSequence: revision },
          });
          return seq;
        } catch (error) {
          if (error instanceof JetStreamApiError && error.code === wrongLastSequence) return undefined;
          throw error;
        }
      }),
  };
}
