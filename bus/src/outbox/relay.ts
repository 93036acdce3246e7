import type { Bus } from '../bus.ts';
import { judgeFailure } from './judge-failure.ts';
import { createLease } from './lease.ts';
import type { OutboxRow } from './outbox-row.ts';
import type { OutboxTable } from './outbox-table.ts';
import { publishRows, type RowsPublished } from './publish-rows.ts';
import type { CompleteRelayOptions } from './relay-options.ts';
import { createWaker } from './waker.ts';

/** Publishes what waits in an outbox, as long as it has its turn. */
export interface Relay {
  /** Whether this relay has its turn; one of all relays of an outbox has. */
  readonly leading: boolean;
  /** Events it has published so far. */
  readonly published: number;
  /** Waits for the events that are on their way, and gives its turn back. The rest stays in the outbox. */
  stop(): Promise<void>;
}

/** Pause after a failure that concerns every event, in milliseconds; doubles up to the longest. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** Wait before an event is tried again by itself, in milliseconds; doubles with its attempts. */
const firstDelayMs = 1_000;
const longestDelayMs = 60_000;

export interface RelayParts {
  readonly bus: Pick<Bus, 'publishPrepared' | 'onDrain'>;
  readonly table: OutboxTable;
  /** Calls back when there may be new rows. */
  onChange(listener: () => void): () => Promise<void>;
}

export function startRelay({ bus, table, onChange }: RelayParts, options: CompleteRelayOptions): Relay {
  const { window, batchSize, batchBytes, pollMs, leaseMs, timeoutMs, logger } = options;
  const lease = createLease(table, leaseMs);
  // A commit ends only the wait of a relay that leads and has nothing to do: others would ask the database at each.
  const idle = createWaker();
  const paused = createWaker();
  let stopping: Promise<void> | undefined;
  let published = 0;
  let failures = 0;

  const setAside = async (row: OutboxRow, text: string): Promise<void> => {
    await table.setAside(row, text);
    const { id, type, subject } = row;
    logger.error(
      { id, type, subject, why: text },
      'an event of the outbox cannot be published and is set aside; later ones of its key wait for it',
    );
  };
  /** Records what became of rows. Returns whether the relay may go on at once. */
  const record = async ({ stored, failed }: RowsPublished): Promise<boolean> => {
    if (stored.length > 0) await table.remove(stored);
    published += stored.length;
    let waitsFor: string | undefined;
    for (const { row, error } of failed) {
      const text = error instanceof Error ? error.message : String(error);
      const verdict = judgeFailure(error);
      if (verdict === 'set-aside') await setAside(row, text);
      else if (verdict === 'postpone') {
        await table.postpone(
          row,
          Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(row.attempts, 16)),
          text,
        );
      } else {
        waitsFor = text;
      }
    }
    if (waitsFor !== undefined) {
      logger.warn({ why: waitsFor }, 'the outbox waits: nothing can be published now');
    }
    return waitsFor === undefined;
  };
  /** One batch, and the wait before the next. */
  const relayBatch = async (): Promise<void> => {
    if (!(await lease.keep())) return await paused.wait(Math.min(pollMs, leaseMs / 2));
    const rows = await table.claim({ rows: batchSize, bytes: batchBytes });
    if (rows.length === 0) return await idle.wait(pollMs);
    const keeping = setInterval(() => lease.keep().catch(() => {}), leaseMs / 6);
    let result: RowsPublished;
    try {
      result = await publishRows(rows, {
        window,
        send: (row) => bus.publishPrepared(row, { timeoutMs }),
        mayGoOn: (lastError) =>
          lease.held &&
          stopping === undefined &&
          (lastError === undefined || judgeFailure(lastError) !== 'wait'),
      });
    } finally {
      clearInterval(keeping);
    }
    if (!(await record(result))) return await paused.wait(pauseMs(++failures));
    failures = 0;
  };
  const run = async (): Promise<void> => {
    while (stopping === undefined) {
      try {
        await relayBatch();
      } catch (error) {
        logger.warn({ err: error }, 'the outbox waits: its database does not answer');
        await paused.wait(pauseMs(++failures));
      }
    }
  };

  const running = run();
  const deafen = onChange(() => idle.wake());
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      // The flag has to stand before the loop looks at it again.
      await Promise.resolve();
      idle.wake();
      paused.wake();
      forget();
      await Promise.all([running, deafen()]);
      await lease.giveUp().catch((error: unknown) => {
        logger.warn({ err: error }, 'the turn of the outbox could not be given back; it ends by itself');
      });
    })();
    return stopping;
  };
  const forget = bus.onDrain(stop);
  return {
    get leading() {
      return lease.held;
    },
    get published() {
      return published;
    },
    stop,
  };
}

function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 16));
}
