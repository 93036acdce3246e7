import type { Connection } from '../connection/connection.ts';
import { createPublisher } from '../events/publish/publisher.ts';
import { replicateQueues } from './call-queue.ts';
import { createCancelNotices } from './cancel-notices.ts';
import {
  type DurableBinding,
  type DurableCalls,
  openDurableCalls,
  prepareDurableCalls,
} from './open-durable-calls.ts';
import { createOperationRecords, ensureOperationsBucket } from './operation-records.ts';
import { createOperations, type Operations } from './operations.ts';

/** Everything about durable calls on one connection. */
export interface DurableWork {
  readonly operations: Operations;
  /** Makes the streams that the calls of these methods are kept in. */
  prepare(bindings: readonly DurableBinding[]): Promise<void>;
  /** Gives what calls are kept in as many copies, now and for queues that are made later. */
  replicate(replicas: number): Promise<void>;
  /** Begins to run the calls of these methods. */
  run(bindings: readonly DurableBinding[]): Promise<DurableCalls>;
  /** Resolves when no call is on its way into its queue. */
  idle(): Promise<void>;
}

export function createDurableWork(connection: Connection): DurableWork {
  const publisher = createPublisher(connection);
  const records = createOperationRecords(connection);
  const notices = createCancelNotices(connection);
  return {
    operations: createOperations({ connection, publisher, records, notices }),
    prepare: (bindings) => prepareDurableCalls(connection, bindings),
    async replicate(replicas) {
      await ensureOperationsBucket(connection, replicas);
      await replicateQueues(connection, replicas);
    },
    run: (bindings) => openDurableCalls({ connection, records, notices }, bindings),
    idle: () => publisher.idle(),
  };
}
