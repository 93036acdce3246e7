import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import { type KvEntry, Kvm } from '@nats-io/kv';
import type { Connection } from '../connection/connection.ts';
import type { Publisher } from '../events/publish/publisher.ts';
import { guardedByConnection } from '../jetstream/guarded-by-connection.ts';
import { throughElections } from '../jetstream/through-elections.ts';
import { createChangeQueue } from './change-queue.ts';
import { collectEvents, type Emit, publishable } from './emitted-events.ts';
import { createEntryFile, type NotedValue } from './entry-file.ts';
import { causeMark, noNotes, withCause } from './entry-head.ts';
import { openStoreOutbox } from './store-outbox.ts';
import { watchKey } from './watch-key.ts';

/** A protobuf message in the store, with the revision that a compare-and-set refers to. */
export interface Entry<S extends DescMessage> {
  readonly key: string;
  readonly value: MessageShape<S>;
  readonly revision: number;
}

/** What became of a change that may have been made before. */
export interface ChangedOnce<S extends DescMessage> {
  /** The value that stands now; undefined when there is none. */
  readonly value: MessageShape<S> | undefined;
  /** Whether the cause was known already, so that nothing was changed. */
  readonly repeated: boolean;
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
   * In a store with an outbox, `change` may `emit` events: they are part of the same write, and published afterwards.
   *
   * @returns the value that stands after this change.
   * @throws whatever `change` throws, this change then having no effect; ConnectError ABORTED when other
   * processes keep winning.
   */
  update<Next extends MessageShape<S> | undefined>(
    key: string,
    change: (current: MessageShape<S> | undefined, emit: Emit) => Next,
  ): Promise<MessageShape<S> | Extract<Next, undefined>>;
  /**
   * Changes the value of a key for a cause that may come again, such as an event, by its id: the change and the note
   * that it was made are one write. A cause that changed the key before changes nothing. The last 512 causes of a key are
   * remembered. `change` may run several times, and emit events, as that of `update`.
   *
   * @throws whatever `change` throws; ConnectError ABORTED when other processes keep winning.
   */
  updateOnce(
    key: string,
    cause: string,
    change: (current: MessageShape<S> | undefined, emit: Emit) => MessageShape<S>,
  ): Promise<ChangedOnce<S>>;
  /** Deletes a key; events that wait with it are published first. */
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
  /**
   * Whether changes may emit events. Default false. Each process that opens the store so helps to publish what any of them
   * committed. Whoever writes to the bucket without the bus drops the events that wait.
   */
  readonly outbox?: boolean;
}

/** What a store needs to publish events with. */
export interface StoreSurroundings {
  readonly publisher: Pick<Publisher, 'prepare' | 'send'>;
  /** Has work done when the bus drains. */
  onDrain(work: () => Promise<void>): void;
}

/**
 * Opens a store, making its bucket if it is not there. Every method throws ConnectError UNAVAILABLE when the
 * broker or JetStream does not answer.
 */
export async function openStore<S extends DescMessage>(
  connection: Connection,
  { bucket, schema, outbox: hasOutbox = false }: StoreOptions<S>,
  { publisher, onDrain }: StoreSurroundings,
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
  const file = createEntryFile(connection, { bucket, schema, what });
  const changes = createChangeQueue<NotedValue<S>>({
    name: bucket,
    read: (key) => file.read(key),
    /** False when another process changed the key since it was read. */
    write: async (key, value, revision) => (await file.write(key, value, revision)) !== undefined,
  });
  /** A change of the value as a change of the entry, whose notes it keeps. */
  const changed = (
    key: string,
    current: NotedValue<S> | undefined,
    change: (value: MessageShape<S> | undefined, emit: Emit) => MessageShape<S> | undefined,
  ): NotedValue<S> | undefined => {
    const notes = current?.notes ?? noNotes;
    const collected = collectEvents({
      where: `${bucket}: "${key}"`,
      waiting: notes.pending,
      prepare: hasOutbox ? publisher.prepare : undefined,
    });
    const value = change(current?.value, collected.emit);
    if (value === undefined || value === current?.value) return undefined;
    const pending = collected.waiting;
    return { value, notes: pending === notes.pending ? notes : { ...notes, pending } };
  };
  const outboxInit = {
    connection,
    bucket,
    publisher,
    pending: async (key: string) => publishable((await file.read(key))?.value?.notes.pending ?? []),
    async published(key: string, ids: ReadonlySet<string>) {
      await changes.apply(key, (current) => {
        const left = current?.notes.pending.filter(({ id }) => !ids.has(id));
        if (current === undefined || left?.length === current.notes.pending.length) return undefined;
        return { ...current, notes: { ...current.notes, pending: left ?? [] } };
      });
    },
  };
  const outbox = hasOutbox ? await openStoreOutbox(outboxInit) : undefined;
  if (outbox !== undefined) onDrain(() => outbox.stop());

  const entryOf = (stored: KvEntry): Entry<S> => ({
    key: stored.key,
    value: fromBinary(schema, stored.value),
    revision: stored.revision,
  });
  const createEntry = async (key: string, value: MessageShape<S>): Promise<number> => {
    const noted = { value, notes: noNotes };
    let revision = await file.write(key, noted, undefined);
    if (revision === undefined) {
      const there = await file.read(key);
      // What was deleted left a mark, which the new entry takes the place of.
      if (there !== undefined && there.value === undefined)
        revision = await file.write(key, noted, there.revision);
    }
    if (revision === undefined)
      throw new ConnectError(`${bucket}: "${key}" exists already`, Code.AlreadyExists);
    return revision;
  };

  return {
    get: (key) =>
      guarded(async () => {
        const stored = await kv.get(key);
        return stored === null || stored.operation !== 'PUT' ? undefined : entryOf(stored);
      }),
    async create(key, init) {
      const value = create(schema, init);
      return { key, value, revision: await createEntry(key, value) };
    },
    async update(key, change) {
      const stands = await changes.apply(key, (current) => changed(key, current, change));
      return stands?.value as never;
    },
    async updateOnce(key, cause, change) {
      const mark = causeMark(cause);
      let repeated = false;
      const stands = await changes.apply(key, (current) => {
        repeated = current?.notes.causes.includes(mark) === true;
        if (repeated) return undefined;
        // Also a change that leaves the value as it is was made, and is not to be made again.
        const next = changed(key, current, change) ?? current;
        return next && { ...next, notes: withCause(next.notes, mark) };
      });
      return { value: stands?.value, repeated };
    },
    async delete(key) {
      for (let attempt = 1; attempt <= maxDeleteAttempts; attempt++) {
        const entry = await file.read(key);
        if (entry?.value === undefined) return;
        if (entry.value.notes.pending.length > 0) {
          if (outbox === undefined) throw stillPending(bucket, key);
          await outbox.relay(key);
          continue;
        }
        try {
          return await guarded(() => kv.purge(key, { previousSeq: entry.revision }));
        } catch (error) {
          if (!isLostRace(error)) throw error;
        }
      }
      throw new ConnectError(`${bucket}: "${key}" is being changed by others; try again`, Code.Aborted);
    },
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

/** Attempts to delete a key that others change. */
const maxDeleteAttempts = 50;

function stillPending(bucket: string, key: string): ConnectError {
  return new ConnectError(
    `${bucket}: "${key}" has events that are not published yet; open the store with "outbox: true" to delete it`,
    Code.FailedPrecondition,
  );
}

/** Whether a compare-and-set lost; by its cause where the error was made one of ours. */
function isLostRace(error: unknown): boolean {
  const cause = error instanceof ConnectError ? error.cause : error;
  return cause instanceof JetStreamApiError && cause.code === 10071;
}
