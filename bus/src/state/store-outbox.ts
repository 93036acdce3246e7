import { setTimeout as delay } from 'node:timers/promises';
import type { PendingEvent } from '@busline/schemas/busline/state/v1/pending';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';
import type { Connection } from '../connection/connection.ts';
import { headerBlock } from '../connection/raw-message.ts';
import { createAcknowledger } from '../events/consume/acknowledge.ts';
import { createPullLoop } from '../events/consume/pull-loop.ts';
import type { Publisher } from '../events/publish/publisher.ts';
import { consumerNotFound, isApiError, manage } from '../jetstream/manage.ts';
import { throughElections } from '../jetstream/through-elections.ts';
import { readHeaderBlock } from '../wire/header-block.ts';
import { pendingField } from './entry-head.ts';

export interface StoreOutboxInit {
  readonly connection: Connection;
  readonly bucket: string;
  readonly publisher: Pick<Publisher, 'send'>;
  /** What of a key may be published now, in order. The rest follows with the write that notes that this is done. */
  pending(key: string): Promise<readonly PendingEvent[]>;
  /** These of a key are published. */
  published(key: string, ids: ReadonlySet<string>): Promise<void>;
}

/** Publishes what was committed with the entries of a bucket. */
export interface StoreOutbox {
  /** Publishes what may be published of one key now, in order, and notes that it is done. */
  relay(key: string): Promise<void>;
  /** Takes nothing more, and waits for what is on its way. */
  stop(): Promise<void>;
}

/** Shared by all processes that have the store open: each entry that is written comes to one of them. */
const durable = 'outbox';
/** Entries worked on at once. */
const capacity = 64;
/** What a killed process had taken is taken by another after this time. */
const ackWaitMs = 5_000;
/** How long one event is tried, in milliseconds; then its entry comes again. */
const timeoutMs = 15_000;
/** Wait before an entry comes again whose events could not be published, in milliseconds. */
const retryMs = 2_000;
/** Time between warnings of one bucket, in milliseconds. */
const warnEveryMs = 10_000;

/** Begins to publish. A process that dies at any step leaves the events where they were: with their entry. */
export async function openStoreOutbox(init: StoreOutboxInit): Promise<StoreOutbox> {
  const { connection, bucket, publisher } = init;
  const stream = `KV_${bucket}`;
  const prefix = `$KV.${bucket}.`;
  const acknowledger = createAcknowledger(connection);
  const held = new Set<string>();
  let warnedAtMs = Number.NEGATIVE_INFINITY;

  const relay = async (key: string): Promise<void> => {
    const done = new Set<string>();
    try {
      // Asked for now, not taken from the message: it may be older than what is there.
      for (const { id, subject, head, body } of await init.pending(key)) {
        await publisher.send({ id, key: undefined, subject, head, body }, { timeoutMs });
        done.add(id);
      }
    } finally {
      if (done.size > 0) await init.published(key, done);
    }
  };
  const take = async (message: Msg, ackSubject: string): Promise<void> => {
    const key = message.subject.slice(prefix.length);
    if (!hasPending(message)) {
      acknowledger.ack(ackSubject);
      return;
    }
    held.add(ackSubject);
    const progress = setInterval(() => acknowledger.progress(ackSubject), ackWaitMs / 3);
    try {
      await relay(key);
      acknowledger.ack(ackSubject);
    } catch (error) {
      // What keeps one from being published keeps many: a line for each would bury the log.
      const nowMs = performance.now();
      const level = nowMs - warnedAtMs > warnEveryMs ? 'warn' : 'debug';
      if (level === 'warn') warnedAtMs = nowMs;
      connection.log[level](
        { err: error, bucket, key },
        'events that were committed with an entry could not be published yet; they are tried again',
      );
      acknowledger.nak(ackSubject, retryMs);
    } finally {
      clearInterval(progress);
      held.delete(ackSubject);
      loop.poke();
    }
  };
  const prepare = (): Promise<void> => ensureDurable(connection, stream);
  await throughElections(connection, prepare);
  const loop = createPullLoop({
    connection,
    stream,
    durable,
    capacity,
    held: () => held.size,
    onEvent: (message, ackSubject) => void take(message, ackSubject),
    prepare,
  });
  return {
    relay,
    async stop() {
      await loop.stop();
      const giveUpAtMs = performance.now() + timeoutMs;
      while (held.size > 0 && performance.now() < giveUpAtMs) await delay(5);
    },
  };
}

function hasPending(message: Msg): boolean {
  const head = headerBlock(message);
  let found = false;
  if (head !== undefined) {
    readHeaderBlock(head, (name) => {
      if (name === pendingField) found = true;
    });
  }
  return found;
}

async function ensureDurable(connection: Connection, stream: string): Promise<void> {
  await manage(connection, `the outbox of stream ${stream}`, async (manager) => {
    try {
      await manager.consumers.info(stream, durable);
    } catch (error) {
      if (!isApiError(error, consumerNotFound)) throw error;
      await manager.consumers.add(stream, {
        durable_name: durable,
        description: 'publishes the events that were committed with an entry',
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: ackWaitMs * 1_000_000,
        headers_only: true,
      });
    }
  });
}
