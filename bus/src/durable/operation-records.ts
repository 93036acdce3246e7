import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  type OperationRecord,
  OperationRecordSchema,
  State,
} from '@busline/schemas/busline/durable/v1/operation';
import { DiscardPolicy, JetStreamApiError, jetstream, StorageType } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { fault } from '../errors/fault.ts';
import { ensureStream, type NamedStream } from '../jetstream/ensure-stream.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import { isApiError, manage } from '../jetstream/manage.ts';
import { type Change, createChangeQueue } from '../state/change-queue.ts';
import { watchKey } from '../state/watch-key.ts';
import { type OperationRef, recordKey } from './operation-ref.ts';

/** The records of durable calls, changed by compare-and-set alone. */
export interface OperationRecords {
  get(ref: OperationRef): Promise<OperationRecord | undefined>;
  /** Writes a record where there is none; false where there is one. */
  create(record: OperationRecord): Promise<boolean>;
  /** Changes a record as `Store.update` does, a missing one too. */
  change(ref: OperationRef, change: Change<OperationRecord>): Promise<OperationRecord | undefined>;
  /** The record now, and after each change. */
  watch(ref: OperationRef, signal: AbortSignal): AsyncIterable<OperationRecord>;
  /** The records of one owner, in no order. */
  list(owner: string): AsyncIterable<OperationRecord>;
  remove(ref: OperationRef): Promise<void>;
}

/** The bucket of all operations. */
export const operationsBucket = 'OPERATIONS';
const streamName = `KV_${operationsBucket}`;
const what = `the store "${operationsBucket}"`;

/** Some hundred thousand outcomes of ordinary size. */
const maxBytes = 512 * 1024 * 1024;

/** How long a call may stay without an outcome, in milliseconds: as long as it may wait for a worker. */
export const maxUnfinishedMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Makes the bucket if it is not there, and gives it more copies if it has too few.
 *
 * @returns how many copies it has.
 */
export async function ensureOperationsBucket(connection: Connection, replicas = 1): Promise<number> {
  return await ensureStream(connection, bucketConfig(replicas));
}

function bucketConfig(replicas: number): NamedStream {
  return {
    name: streamName,
    description: 'durable calls and their outcomes',
    subjects: [`$KV.${operationsBucket}.>`],
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    max_msgs_per_subject: 1,
    num_replicas: replicas,
    // Each record says how long it stays. No marker is left: an id that is forgotten may be used anew.
    allow_msg_ttl: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    // Reads come from the leader: who has just written must find it.
    allow_direct: false,
  };
}

/** Opens the records, making their bucket if need be, when they are first asked for. */
export function createOperationRecords(connection: Connection): OperationRecords {
  const guarded = guardedByConnection(connection, what);
  const js = jetstream(connection.nats);
  let opening: Promise<KV> | undefined;

  const open = async (): Promise<KV> => {
    await ensureOperationsBucket(connection);
    return await guarded(() => new Kvm(js).open(operationsBucket));
  };
  const bucket = async (): Promise<KV> => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const read = async (key: string) => {
    const kv = await bucket();
    return await guarded(async () => {
      const stored = await kv.get(key);
      if (stored === null || stored.operation !== 'PUT') return undefined;
      return { value: recordOf(stored), revision: stored.revision };
    });
  };
  /** By JetStream rather than by the KV client, which gives only new keys a time to live. */
  const write = async (
    key: string,
    record: OperationRecord,
    revision: number | undefined,
  ): Promise<boolean> => {
    await bucket();
    return await guarded(async () => {
      try {
        await js.publish(`$KV.${operationsBucket}.${key}`, toBinary(OperationRecordSchema, record), {
          ttl: `${Math.ceil(timeToLiveMs(record) / 1000)}s`,
          expect: { lastSubjectSequence: revision ?? 0 },
        });
        return true;
      } catch (error) {
        if (isApiError(error, wrongLastSequence)) return false;
        if (error instanceof JetStreamApiError && error.code === storeFailed) throw full(error);
        throw error;
      }
    });
  };
  const changes = createChangeQueue<OperationRecord>({ name: what, read, write });

  return {
    get: async (ref) => (await read(recordKey(ref)))?.value,
    create: (record) => write(recordKey(record), record, undefined),
    change: (ref, change) => changes.apply(recordKey(ref), change),
    async *watch(ref, signal) {
      const kv = await bucket();
      const entries = watchKey<typeof OperationRecordSchema>({
        connection,
        kv,
        key: recordKey(ref),
        what,
        signal,
        entryOf: (stored) => ({ key: stored.key, value: recordOf(stored), revision: stored.revision }),
      });
      for await (const { value } of entries) yield value;
    },
    async *list(owner) {
      const kv = await bucket();
      for await (const entry of await guarded(() => kv.history({ key: `${owner}.*` }))) {
        if (entry.operation === 'PUT') yield recordOf(entry);
      }
    },
    async remove(ref) {
      await manage(connection, what, (manager) =>
        manager.streams.purge(streamName, { filter: `$KV.${operationsBucket}.${recordKey(ref)}` }),
      );
    },
  };
}

/** Error codes of JetStream: a compare-and-set that lost, a stream without room. */
const wrongLastSequence = 10071;
const storeFailed = 10077;

function recordOf(stored: KvEntry): OperationRecord {
  return fromBinary(OperationRecordSchema, stored.value);
}

function timeToLiveMs({ state, keepResult }: OperationRecord): number {
  return state === State.DONE && keepResult !== undefined ? durationMs(keepResult) : maxUnfinishedMs;
}

function full(cause: unknown) {
  return fault('STREAM_FULL', {
    message: `${what} has no room for another operation; keep results for a shorter time, or raise the limit of stream ${streamName}`,
    fate: 'never-started',
    facts: { stream: streamName },
    cause,
  });
}
