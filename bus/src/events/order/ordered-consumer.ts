import type { Connection } from '../../connection/connection.ts';
import { fault } from '../../errors/fault.ts';
import { manage } from '../../jetstream/manage.ts';
import { throughElections } from '../../jetstream/through-elections.ts';
import { type ConsumerGroup, partitionDurable } from '../consume/consumer-group.ts';
import { ensureDurable } from '../consume/ensure-durable.ts';
import { createPlaces } from '../consume/places.ts';
import type { DeadLetterSink } from '../dead-letters/dead-letter-sink.ts';
import { assignPartitions } from './assign-partitions.ts';
import { type Lease, type LeaseBook, type LeaseView, leaseMs, openLeaseBook } from './lease-book.ts';
import { type OwnedPartition, ownPartition } from './owned-partition.ts';

/** A consumer whose events are handled in order by key: its instances divide the partitions of the stream among themselves. */
export interface OrderedConsumer {
  /** Events whose handler runs. */
  readonly running: number;
  /** Partitions that this process owns. */
  readonly partitions: readonly number[];
  /** Gives its partitions back, one by one as their handlers end, at most for `drainTimeoutMs`. */
  stop(drainTimeoutMs: number): Promise<void>;
}

/** Time between renewals, in milliseconds: three may fail before a lease is over. */
const renewMs = leaseMs / 4;
/** How much earlier than the broker this process counts a lease as over, in milliseconds. */
const marginMs = 500;

interface Owned {
  revision: number;
  validUntilMs: number;
  readonly work: OwnedPartition;
  /** `emptying`: nothing more is begun, and what runs is finished. */
  state: 'owned' | 'emptying' | 'empty';
}

/**
 * Begins to take part.
 *
 * @throws ConnectError NO_STREAM, or when JetStream does not answer.
 */
export async function openOrderedConsumer(
  connection: Connection,
  group: ConsumerGroup,
  deadLetters: DeadLetterSink,
): Promise<OrderedConsumer> {
  const { stream, consumer, options } = group;
  const { instance, log } = connection;
  const partitions = Array.from({ length: group.partitions }, (_, partition) => partition);
  // All durables are there before the first event is taken: a worker starts whole or not at all.
  for (const partition of partitions) {
    const wanted = partitionDurable(group, partition);
    await throughElections(connection, () => ensureDurable(connection, stream, { wanted }));
  }
  const replicas = await manage(
    connection,
    `stream ${stream}`,
    async (manager) => (await manager.streams.info(stream)).config.num_replicas,
  );
  const book: LeaseBook = await openLeaseBook(connection, { stream, consumer, replicas });
  const noticeSubject = `${connection.options.subjectPrefix}.order.${stream}.${consumer}`;
  const places = createPlaces(options.concurrency);
  const owned = new Map<number, Owned>();
  let leaving = false;
  let ticking: Promise<void> | undefined;
  let again = false;
  const left = Promise.withResolvers<void>();
  const emptied = (): void => {
    if (leaving && owned.size === 0) left.resolve();
  };

  const own = (
    partition: number,
    revision: number,
    { sentAtMs, givenBack }: { sentAtMs: number; givenBack: boolean },
  ): void => {
    const entry: Owned = {
      revision,
      validUntilMs: sentAtMs + leaseMs - marginMs,
      state: 'owned',
      work: ownPartition({
        connection,
        group,
        spec: partitionDurable(group, partition),
        deadLetters,
        places,
        givenBack,
        validUntilMs: () => owned.get(partition)?.validUntilMs ?? 0,
      }),
    };
    owned.set(partition, entry);
  };
  const lose = (partition: number, why: string): void => {
    const entry = owned.get(partition);
    if (entry === undefined) return;
    owned.delete(partition);
    emptied();
    log.warn({ stream, consumer, partition, why }, 'a partition was lost');
    const reason = fault('DISCONNECTED', {
      message: `partition ${partition} of consumer ${consumer} belongs to another instance now`,
    });
    void entry.work
      .drop(reason)
      .catch((error: unknown) => log.error({ err: error }, 'a lost partition could not be left'));
  };
  const giveBack = (entry: Owned): void => {
    if (entry.state !== 'owned') return;
    entry.state = 'emptying';
    entry.work.giveBack().then(
      () => {
        entry.state = 'empty';
        soon();
      },
      (error: unknown) => log.warn({ err: error, stream, consumer }, 'a partition could not be given back'),
    );
  };

  /** Renews one partition, or gives it back when it is empty. */
  const renewOne = async (partition: number, entry: Owned): Promise<void> => {
    const sentAtMs = performance.now();
    if (sentAtMs >= entry.validUntilMs) {
      lose(partition, 'the lease could not be renewed in time');
      return;
    }
    const empty = entry.state === 'empty';
    const revision = await book.write(partition, empty ? '' : instance, entry.revision);
    if (owned.get(partition) !== entry) return;
    if (empty) {
      owned.delete(partition);
      tellOthers();
    } else if (revision === undefined) {
      lose(partition, 'somebody else has it');
    } else {
      entry.revision = revision;
      entry.validUntilMs = sentAtMs + leaseMs - marginMs;
    }
  };
  const acquireOne = async (partition: number, lease: Lease | undefined): Promise<void> => {
    if (lease !== undefined && lease.owner !== '') return;
    const sentAtMs = performance.now();
    const revision = await book.write(partition, instance, lease?.revision);
    if (revision !== undefined && !leaving)
      own(partition, revision, { sentAtMs, givenBack: lease !== undefined });
  };
  const divide = async ({ members, leases }: LeaseView): Promise<void> => {
    const owners = assignPartitions([...members, instance], group.partitions);
    const acquiring: Promise<void>[] = [];
    for (const partition of partitions) {
      const entry = owned.get(partition);
      const mine = owners[partition] === instance;
      if (entry !== undefined && !mine) giveBack(entry);
      else if (entry === undefined && mine) acquiring.push(acquireOne(partition, leases.get(partition)));
    }
    await settleAll(acquiring);
  };
  const tick = async (): Promise<void> => {
    if (connection.state !== 'connected') {
      const nowMs = performance.now();
      for (const [partition, { validUntilMs }] of owned) {
        if (nowMs >= validUntilMs) lose(partition, 'no connection');
      }
      return;
    }
    // Together: one after another they would not be in time where the broker is slow.
    await settleAll([...owned].map(([partition, entry]) => renewOne(partition, entry)));
    emptied();
    if (leaving) return;
    await book.join();
    await divide(await book.read());
  };
  const soon = (): void => {
    again = true;
    if (ticking !== undefined) return;
    const run = async (): Promise<void> => {
      while (again) {
        again = false;
        await tick().catch((error: unknown) =>
          log.warn({ err: error, stream, consumer }, 'the partitions of a consumer could not be divided'),
        );
      }
      ticking = undefined;
    };
    ticking = run();
  };
  const tellOthers = (): void => {
    if (connection.state === 'connected') connection.publish(noticeSubject, new Uint8Array(0));
  };

  const notices = connection.subscribe(noticeSubject, soon);
  const timer = setInterval(soon, renewMs);
  soon();
  tellOthers();

  return {
    get running() {
      return [...owned.values()].reduce((sum, { work }) => sum + work.running, 0);
    },
    get partitions() {
      return [...owned.keys()].toSorted((a, b) => a - b);
    },
    async stop(drainTimeoutMs) {
      leaving = true;
      await ticking;
      const patience = setTimeout(() => {
        for (const partition of [...owned.keys()])
          lose(partition, 'the worker is leaving and could not wait');
      }, drainTimeoutMs);
      for (const entry of owned.values()) giveBack(entry);
      emptied();
      await left.promise;
      clearTimeout(patience);
      clearInterval(timer);
      notices.unsubscribe();
      await book
        .leave()
        .catch((error: unknown) => log.debug({ err: error }, 'the membership of a consumer ends by itself'));
      tellOthers();
      await connection.flush().catch(() => {});
    },
  };
}

/** Waits for all of them, then throws what the first failed with. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
