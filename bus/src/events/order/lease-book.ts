import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { Connection } from '../../connection/connection.ts';
import { guardedByConnection } from '../../jetstream/guarded-by-connection.ts';
import { isApiError, manage, streamNotFound } from '../../jetstream/manage.ts';
import { isLostRace } from '../../registry/bucket.ts';

/**
 * Who is a member of an ordered consumer, and who owns which of its partitions: entries in a KV bucket that vanish by
 * themselves when they are not renewed.
 *
 *     <stream>.<consumer>.m.<instance>    a member
 *     <stream>.<consumer>.p.<partition>   the instance that owns a partition; empty when it was given back in order
 */
const bucket = 'busline_leases';

/** Life of an entry, in milliseconds. What a killed process owned is taken over after this time and one wait for acknowledgements. */
export const leaseMs = 5_000;

/** An entry of a partition. */
export interface Lease {
  /** Empty when it was given back in order. */
  readonly owner: string;
  readonly revision: number;
}

/** What the book says now. */
export interface LeaseView {
  readonly members: readonly string[];
  /** By partition: owner and revision of the entry. A partition nobody has an entry for is absent. */
  readonly leases: ReadonlyMap<number, Lease>;
}

export interface LeaseBook {
  read(): Promise<LeaseView>;
  /** Renews, or begins, this instance's membership. */
  join(): Promise<void>;
  leave(): Promise<void>;
  /** Takes, renews (by its revision) or gives back a partition. The new revision; undefined when somebody else was first. */
  write(partition: number, owner: string, revision: number | undefined): Promise<number | undefined>;
}

export async function openLeaseBook(
  connection: Connection,
  {
    stream,
    consumer,
    replicas,
  }: { readonly stream: string; readonly consumer: string; readonly replicas: number },
): Promise<LeaseBook> {
  const { instance } = connection;
  const prefix = `${stream}.${consumer}`;
  const memberKey = `${prefix}.m.${instance}`;
  const guarded = guardedByConnection(connection, `the leases of consumer ${consumer}`);
  const kv: KV = await guarded(() =>
    new Kvm(jetstream(connection.nats)).create(bucket, { history: 1, ttl: leaseMs, replicas }),
  );
  return {
    read: () => guarded(() => readView(kv, prefix)),
    join: () => guarded(async () => void (await kv.put(memberKey, ''))),
    leave: () => guarded(() => kv.delete(memberKey)),
    write: (partition, owner, revision) =>
      guarded(async () => {
        const key = `${prefix}.p.${partition}`;
        try {
          return await (revision === undefined ? kv.create(key, owner) : kv.update(key, owner, revision));
        } catch (error) {
          if (isLostRace(error)) return undefined;
          throw error;
        }
      }),
  };
}

/** What the book of a consumer says, for somebody who takes no part. Nothing where nobody ever did. */
export async function readLeases(
  connection: Connection,
  stream: string,
  consumer: string,
): Promise<LeaseView> {
  return await manage(connection, `the leases of consumer ${consumer}`, async () => {
    try {
      const kv = await new Kvm(jetstream(connection.nats)).open(bucket);
      return await readView(kv, `${stream}.${consumer}`);
    } catch (error) {
      if (isApiError(error, streamNotFound)) return { members: [], leases: new Map() };
      throw error;
    }
  });
}

async function readView(kv: KV, prefix: string): Promise<LeaseView> {
  const members: string[] = [];
  const leases = new Map<number, Lease>();
  for await (const { key, operation, revision, value } of await kv.history({ key: `${prefix}.*.*` })) {
    const [kind = '', name = ''] = key.slice(prefix.length + 1).split('.');
    if (kind === 'm' && operation === 'PUT') members.push(name);
    // A deleted entry is none.
    else if (kind === 'p' && operation === 'PUT') {
      leases.set(Number(name), { owner: Buffer.from(value).toString('utf8'), revision });
    }
  }
  return { members, leases };
}
