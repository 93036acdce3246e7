import type { Database } from '../database/database.ts';
import { type OutboxRow, readRow } from './outbox-row.ts';
import type { OutboxSql } from './outbox-sql.ts';

export interface ClaimLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** An event that waits for somebody to decide. */
export interface SetAsideEvent {
  readonly id: string;
  /** Full name of the message. */
  readonly type: string;
  readonly subject: string;
  /** Size of its message. */
  readonly bytes: number;
  readonly attempts: number;
  /** Text of the last error. */
  readonly error: string;
  readonly setAsideAt: Date;
}

/** How many events wait. */
export interface OutboxCounts {
  /** To be published. */
  readonly waiting: number;
  /** For somebody to decide. */
  readonly setAside: number;
}

/** The rows of an outbox, as its relay and its operators use them. */
export interface OutboxTable {
  createTables(): Promise<void>;
  /** Takes the lease or holds on to it. False while another relay has it. */
  lead(owner: string, leaseMs: number): Promise<boolean>;
  resign(owner: string): Promise<void>;
  /** The rows that may leave now, oldest first, at least one however large. */
  claim(limits: ClaimLimits): Promise<OutboxRow[]>;
  remove(rows: readonly OutboxRow[]): Promise<void>;
  postpone(row: OutboxRow, delayMs: number, error: string): Promise<void>;
  setAside(row: OutboxRow, error: string): Promise<void>;
  listSetAside(limit: number): Promise<SetAsideEvent[]>;
  /** Returns how many it were. */
  retry(id: string | undefined): Promise<number>;
  discard(id: string): Promise<number>;
  count(): Promise<OutboxCounts>;
}

/** Part of a claim that may be rows which were delayed or failed before. */
const dueShare = 0.25;

export function createOutboxTable(
  { query }: Pick<Database<never, undefined | Promise<undefined>>, 'query'>,
  sql: OutboxSql,
): OutboxTable {
  return {
    async createTables() {
      for (const statement of sql.createTables) await query(statement);
    },
    lead: async (owner, leaseMs) => (await query(sql.lead, [owner, leaseMs])).changed > 0,
    async resign(owner) {
      await query(sql.resign, [owner]);
    },
    async claim({ rows, bytes }) {
      const found = await query(sql.claim, [rows, Math.max(1, Math.floor(rows * dueShare)), bytes]);
      return found.rows.map(readRow);
    },
    async remove(rows) {
      await query(sql.remove, [JSON.stringify(rows.map(({ seq }) => seq))]);
    },
    async postpone({ seq }, delayMs, error) {
      await query(sql.postpone, [seq, Math.ceil(delayMs), error]);
    },
    async setAside({ seq }, error) {
      await query(sql.setAside, [seq, error]);
    },
    async listSetAside(limit) {
      const { rows } = await query(sql.listSetAside, [limit]);
      return rows.map((row) => ({
        id: row.id as string,
        type: row.type as string,
        subject: row.subject as string,
        bytes: Number(row.bytes),
        attempts: Number(row.attempts),
        error: row.error as string,
        setAsideAt: new Date(Number(row.set_aside_ms)),
      }));
    },
    retry: async (id) => (await (id === undefined ? query(sql.retryAll) : query(sql.retry, [id]))).changed,
    discard: async (id) => (await query(sql.discard, [id])).changed,
    async count() {
      const row = (await query(sql.count)).rows[0];
      const setAside = Number(row?.set_aside);
      return { waiting: Number(row?.total) - setAside, setAside };
    },
  };
}
