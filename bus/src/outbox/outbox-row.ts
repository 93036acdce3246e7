import type { PreparedEvent } from '../events/publish/prepare-event.ts';

/** An event that waits in the outbox. */
export interface OutboxRow extends PreparedEvent {
  /** Its place. */
  readonly seq: number;
  /** Full name of its message. */
  readonly type: string;
  /** What is kept in order with it: events of one stream and key. Undefined for an event without a key. */
  readonly lane: string | undefined;
  /** Times it was tried in vain. */
  readonly attempts: number;
}

/** Reads a row as `claim` selects it: `pg` gives bigint as text, SQLite bytes as Uint8Array. */
export function readRow(row: Readonly<Record<string, unknown>>): OutboxRow {
  return {
    seq: Number(row.seq),
    id: row.id as string,
    type: row.type as string,
    key: undefined,
    lane: (row.lane as string | null) ?? undefined,
    subject: row.subject as string,
    head: row.head as Uint8Array,
    body: row.body as Uint8Array,
    attempts: Number(row.attempts),
  };
}
