import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { createKeyedQueue } from './keyed-queue.ts';

/** A protobuf message in the store, with the revision that a compare-and-set refers to. */
export interface Entry<S extends DescMessage> {
  readonly key: string;
  readonly value: MessageShape<S>;
  readonly revision: number;
}

/** State of a worker in JetStream KV: protobuf messages by key, changed only by compare-and-set. */
export interface Store<S extends DescMessage> {
  get(key: string): Promise<Entry<S> | undefined>;
  /** @throws ConnectError ALREADY_EXISTS when the key is there. */
  create(key: string, value: MessageInitShape<S>): Promise<Entry<S>>;
  /**
   * Changes the value of a key. `change` gets the current value, undefined when there is none, and returns the
   * next; when it returns undefined or the very object it got, nothing is written. It may run several times,
   * when others change the key meanwhile, so it must have no effects of its own. Within this process, changes of
   * one key run one after another.
   *
   * @returns the value that stands afterwards.
   * @throws whatever `change` throws, nothing being written; ConnectError ABORTED when others keep winning.
   */
  update(
    key: string,
    change: (current: MessageShape<S> | undefined) => MessageShape<S> | undefined,
  ): Promise<MessageShape<S> | undefined>;
  delete(key: string): Promise<void>;
  /** All entries whose key is `prefix`, or begins with it and a dot; all there are without it. In no order. */
  list(prefix?: string): AsyncIterable<Entry<S>>;
}

export interface StoreOptions<S extends DescMessage> {
  /** Name of the bucket: letters, digits, `-` and `_`. */
  readonly bucket: string;
  /** Type of the values. */
  readonly schema: S;
}

/** Attempts of a compare-and-set. With one writer per process and jitter between attempts, more than a few are rare. */
const maxAttempts = 50;

const wrongLastSequence = 10071;

/**
 * Opens a store, making its bucket if it is not there.
 *
 * @throws ConnectError UNAVAILABLE when JetStream does not answer.
 */
export async function openStore<S extends DescMessage>(
  connection: Connection,
  { bucket, schema }: StoreOptions<S>,
): Promise<Store<S>> {
  const kv = await guarded(bucket, () => new Kvm(jetstream(connection.nats)).create(bucket, { history: 1 }));
  const queue = createKeyedQueue();

  const entryOf = (stored: KvEntry): Entry<S> => ({
    key: stored.key,
    value: fromBinary(schema, stored.value),
    revision: stored.revision,
  });
  const read = async (key: string): Promise<Entry<S> | undefined> => {
    const stored = await kv.get(key);
    return stored === null || stored.operation !== 'PUT' ? undefined : entryOf(stored);
  };
  const write = (key: string, value: MessageShape<S>, revision: number | undefined): Promise<number> => {
    const bytes = toBinary(schema, value);
    return revision === undefined ? kv.create(key, bytes) : kv.update(key, bytes, revision);
  };
  const compareAndSet: Store<S>['update'] = async (key, change) => {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const current = await read(key);
      const next = change(current?.value);
      if (next === undefined || next === current?.value) return current?.value;
      try {
        await write(key, next, current?.revision);
        return next;
      } catch (error) {
        if (!isLostRace(error)) throw error;
        await pause(attempt);
      }
    }
    throw new ConnectError(`${bucket}: "${key}" is being changed by others; try again`, Code.Aborted);
  };

  return {
    get: (key) => guarded(bucket, () => read(key)),
    create: (key, init) =>
      guarded(bucket, async () => {
        const value = create(schema, init);
        try {
          return { key, value, revision: await write(key, value, undefined) };
        } catch (error) {
          if (isLostRace(error))
            throw new ConnectError(`${bucket}: "${key}" exists already`, Code.AlreadyExists);
          throw error;
        }
      }),
    update: (key, change) => guarded(bucket, () => queue.run(key, () => compareAndSet(key, change))),
    delete: (key) => guarded(bucket, () => kv.purge(key)),
    list: (prefix) => listEntries(kv, bucket, prefix, entryOf),
  };
}

async function* listEntries<S extends DescMessage>(
  kv: KV,
  bucket: string,
  prefix: string | undefined,
  entryOf: (stored: KvEntry) => Entry<S>,
): AsyncIterable<Entry<S>> {
  const key = prefix === undefined ? '>' : [prefix, `${prefix}.>`];
  const stored = await guarded(bucket, () => kv.history({ key }));
  for await (const entry of stored) {
    if (entry.operation === 'PUT') yield entryOf(entry);
  }
}

function isLostRace(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongLastSequence;
}

/** Up to 2, 4, 8 … 64 ms: those who raced once must not race again in step. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 2 ** Math.min(attempt, 6)));
}

/** Makes JetStream's own errors UNAVAILABLE; a ConnectError, and whatever the user's function threw, passes. */
async function guarded<T>(bucket: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JetStreamApiError || isClientError(error)) {
      throw new ConnectError(
        `the store "${bucket}" cannot be reached now`,
        Code.Unavailable,
        undefined,
        undefined,
        error,
      );
    }
    throw error;
  }
}

const clientErrors = new Set([
  'TimeoutError',
  'RequestError',
  'NoRespondersError',
  'ClosedConnectionError',
  'DrainingConnectionError',
  'JetStreamNotEnabled',
  'JetStreamError',
]);

function isClientError(error: unknown): boolean {
  return error instanceof Error && clientErrors.has(error.name);
}
