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
import { type KvEntry, Kvm } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import { throughElections } from '../jetstream/through-elections.ts';
import { createChangeQueue } from './change-queue.ts';
import { type ChangedOnce, createUpdateOnce } from './update-once.ts';
import { watchKey } from './watch-key.ts';

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
   * when others change the key meanwhile, so it must have no effects of its own and leave what it got unchanged.
   *
   * Changes of one key that this process asks for at the same time are applied one after another and written
   * together, so that a key in demand costs one compare-and-set for all that wait for it, not one each.
   *
   * @returns the value that stands after this change.
   * @throws whatever `change` throws, this change then having no effect; ConnectError ABORTED when other
   * processes keep winning.
   */
  update<Next extends MessageShape<S> | undefined>(
    key: string,
    change: (current: MessageShape<S> | undefined) => Next,
  ): Promise<MessageShape<S> | Extract<Next, undefined>>;
  /**
   * Changes the value of a key for a cause that may come again, such as an event, by its id: the change and the note
   * that it was made are one write. A cause that changed the key before changes nothing. The last 512 causes of a key are
   * remembered, by changes of this method alone: `create` and `update` of the same key forget them.
   *
   * `change` may run several times, as that of `update`.
   *
   * @throws whatever `change` throws; ConnectError ABORTED when other processes keep winning.
   */
  updateOnce(
    key: string,
    cause: string,
    change: (current: MessageShape<S> | undefined) => MessageShape<S>,
  ): Promise<ChangedOnce<S>>;
  delete(key: string): Promise<void>;
  /**
   * The entry of a key now, if there is one, and again whenever it changes, until the loop is left or `signal` aborts.
   * Nothing is told of a key that is absent or deleted. A slow reader gets the newest entry and misses those between,
   * so nothing piles up.
   *
   * @throws `signal.reason` when it aborts; ConnectError UNAVAILABLE when the broker goes away.
   */
  watch(key: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<Entry<S>>;
  /** All entries whose key is `prefix`, or begins with it and a dot; all there are without it. In no order. */
  list(prefix?: string): AsyncIterable<Entry<S>>;
}

export interface StoreOptions<S extends DescMessage> {
  /** Name of the bucket: letters, digits, `-` and `_`. */
  readonly bucket: string;
  /** Type of the values. */
  readonly schema: S;
}

/**
 * Opens a store, making its bucket if it is not there. Every method throws ConnectError UNAVAILABLE when the
 * broker or JetStream does not answer.
 */
export async function openStore<S extends DescMessage>(
  connection: Connection,
  { bucket, schema }: StoreOptions<S>,
): Promise<Store<S>> {
  const what = `the store "${bucket}"`;
  const guarded = guardedByConnection(connection, what);
  const kv = await throughElections(connection, () =>
    guarded(async () => {
      const made = await new Kvm(jetstream(connection.nats)).create(bucket, { history: 1 });
      // In a cluster a bucket that was just made has no leader for a moment, and whoever opens it means to use it.
      await made.get('-');
      return made;
    }),
  );

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
  const changes = createChangeQueue<MessageShape<S>>({
    name: bucket,
    read: (key) => guarded(() => read(key)),
    /** False when another process changed the key since it was read. */
    write: (key, value, revision) =>
      guarded(async () => {
        try {
          await write(key, value, revision);
          return true;
        } catch (error) {
          if (isLostRace(error)) return false;
          throw error;
        }
      }),
  });

  return {
    get: (key) => guarded(() => read(key)),
    create: (key, init) =>
      guarded(async () => {
        const value = create(schema, init);
        try {
          return { key, value, revision: await write(key, value, undefined) };
        } catch (error) {
          if (isLostRace(error))
            throw new ConnectError(`${bucket}: "${key}" exists already`, Code.AlreadyExists);
          throw error;
        }
      }),
    update: (key, change) => changes.apply(key, change) as Promise<never>,
    updateOnce: createUpdateOnce(connection, { bucket, schema, what }),
    delete: (key) => guarded(() => kv.purge(key)),
    watch: (key, watchOptions) =>
      watchKey({ connection, kv, key, what, entryOf, signal: watchOptions?.signal }),
    async *list(prefix) {
      const key = prefix === undefined ? '>' : [prefix, `${prefix}.>`];
      for await (const entry of await guarded(() => kv.history({ key }))) {
        if (entry.operation === 'PUT') yield entryOf(entry);
      }
    },
  };
}

/** Error code of JetStream for a compare-and-set that lost, or a key that is there already. */
const wrongLastSequence = 10071;

function isLostRace(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongLastSequence;
}
