import { positive } from '../connection/options.ts';
import type { Dialect } from '../database/dialect.ts';
import { tableName } from '../database/dialect.ts';

/** What must have its effect once: an event at its consumer. The context of a handler is one. */
export interface Cause {
  readonly consumer: string;
  /** Full name of the event's message. */
  readonly type: string;
  readonly id: string;
}

export interface InboxOptions {
  /** Table of the events that were handled. Default `busline_inbox`. */
  readonly table?: string;
  /**
   * How long an event is remembered, in milliseconds. Default 7 days, as long as a stream keeps it by default: what the
   * broker has no more cannot come again, except as a dead letter that is retried.
   */
  readonly keepMs?: number;
}

/** What became of a cause that may have come before. */
export interface HandledOnce<T> {
  /** What the work returned; undefined when it did not run. */
  readonly value: T | undefined;
  /** Whether the event was handled before, so that nothing was done. */
  readonly repeated: boolean;
}

export interface InboxSql {
  readonly createTables: readonly string[];
  /** consumer, type, id: changes a row if the event is new. */
  readonly insert: string;
  /** keepMs, most rows */
  readonly expire: string;
}

export interface CompleteInboxOptions {
  readonly table: string;
  readonly keepMs: number;
}

/** @throws TypeError naming the option that cannot be used. */
export function completeInboxOptions({
  table = 'busline_inbox',
  keepMs = 7 * 86_400_000,
}: InboxOptions): CompleteInboxOptions {
  return { table: tableName('inbox: table', table), keepMs: positive('inbox: keepMs', keepMs) };
}

export function inboxSql({ nowMs }: Dialect, table: string): InboxSql {
  return {
    createTables: [
      `CREATE TABLE IF NOT EXISTS ${table} (
  consumer TEXT NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  handled_ms BIGINT NOT NULL,
  PRIMARY KEY (consumer, type, id)
)`,
      `CREATE INDEX IF NOT EXISTS ${table}_handled ON ${table} (handled_ms)`,
    ],
    // In Postgres it waits while another transaction has inserted the same event, and is told what became of that.
    insert: `INSERT INTO ${table} (consumer, type, id, handled_ms) VALUES ($1, $2, $3, ${nowMs}) ON CONFLICT DO NOTHING`,
    expire: `DELETE FROM ${table} WHERE (consumer, type, id) IN (
  SELECT consumer, type, id FROM ${table} WHERE handled_ms < ${nowMs} - CAST($1 AS BIGINT) LIMIT $2)`,
  };
}

/** Events forgotten at once, so that no handler waits long for it. */
export const expiryBatch = 1_000;
/** How often an inbox forgets, in milliseconds, at most. */
const longestExpiryIntervalMs = 60_000;

/** Says when it is time to forget: about every hundredth of the time that events are kept. Asked after each event. */
export function createExpiryClock(keepMs: number): () => boolean {
  const intervalMs = Math.min(longestExpiryIntervalMs, keepMs / 100);
  let nextAtMs = performance.now() + intervalMs;
  return () => {
    const nowMs = performance.now();
    if (nowMs < nextAtMs) return false;
    nextAtMs = nowMs + intervalMs;
    return true;
  };
}
