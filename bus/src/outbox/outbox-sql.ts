import type { Dialect } from '../database/dialect.ts';

/** The statements of an outbox. Parameters are listed beside each. */
export interface OutboxSql {
  readonly createTables: readonly string[];
  /** id, type, lane, subject, head, body, delayMs */
  readonly insert: string;
  /** owner, leaseMs: changes a row if the lease is ours now. */
  readonly lead: string;
  /** owner */
  readonly resign: string;
  /** most rows, most rows that were delayed or failed before, most bytes */
  readonly claim: string;
  /** JSON array of seq */
  readonly remove: string;
  /** seq, delayMs, error */
  readonly postpone: string;
  /** seq, error */
  readonly setAside: string;
  /** most rows */
  readonly listSetAside: string;
  /** id */
  readonly retry: string;
  readonly retryAll: string;
  /** id */
  readonly discard: string;
  readonly count: string;
}

/**
 * How events wait: a row each, in the order of `seq`. `lane` names what is kept in order, a stream and key, and is null for
 * an event without a key. `due_ms` is 0 for an event that may leave now. A row that was tried in vain has `attempts`, and
 * holds up its lane; with `set_aside_ms` nobody tries it again until it is told to.
 */
export function outboxSql(dialect: Dialect, table: string): OutboxSql {
  const { nowMs } = dialect;
  const columns = 'seq, id, type, lane, subject, head, body, attempts';
  const mayLeave = `o.set_aside_ms IS NULL AND NOT EXISTS (
    SELECT 1 FROM ${table} e WHERE e.lane = o.lane AND e.seq < o.seq AND e.attempts > 0)`;
  return {
    createTables: [
      `CREATE TABLE IF NOT EXISTS ${table} (
  seq ${dialect.countedKey},
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  lane TEXT,
  subject TEXT NOT NULL,
  head ${dialect.bytes} NOT NULL,
  body ${dialect.bytes} NOT NULL,
  due_ms BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  set_aside_ms BIGINT
)`,
      `CREATE INDEX IF NOT EXISTS ${table}_due ON ${table} (due_ms, seq) WHERE set_aside_ms IS NULL`,
      `CREATE INDEX IF NOT EXISTS ${table}_failed ON ${table} (lane, seq) WHERE attempts > 0`,
      `CREATE TABLE IF NOT EXISTS ${table}_lease (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until_ms BIGINT NOT NULL
)`,
    ],
    insert: insertSql(dialect, table),
    lead: `INSERT INTO ${table}_lease (name, owner, until_ms) VALUES ('relay', $1, ${nowMs} + CAST($2 AS BIGINT))
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_ms = excluded.until_ms
WHERE ${table}_lease.owner = excluded.owner OR ${table}_lease.until_ms <= ${nowMs}`,
    resign: `DELETE FROM ${table}_lease WHERE owner = $1`,
    // Two ranges of one index, so that neither can keep the other waiting for ever.
    claim: `WITH ready AS (
  SELECT * FROM (SELECT ${columns} FROM ${table} o WHERE due_ms = 0 AND ${mayLeave}
    ORDER BY seq LIMIT $1) AS fresh
  UNION ALL
  SELECT * FROM (SELECT ${columns} FROM ${table} o WHERE due_ms > 0 AND due_ms <= ${nowMs} AND ${mayLeave}
    ORDER BY due_ms, seq LIMIT $2) AS due
), measured AS (
  SELECT ready.*, sum(length(body)) OVER (ORDER BY seq) - length(body) AS bytes_before FROM ready
)
SELECT ${columns} FROM measured WHERE bytes_before < $3 ORDER BY seq`,
    remove: `DELETE FROM ${table} WHERE seq IN (${dialect.numbersIn('$1')})`,
    postpone: `UPDATE ${table} SET attempts = attempts + 1, due_ms = ${nowMs} + CAST($2 AS BIGINT), error = $3 WHERE seq = $1`,
    setAside: `UPDATE ${table} SET attempts = attempts + 1, set_aside_ms = ${nowMs}, error = $2 WHERE seq = $1`,
    listSetAside: `SELECT id, type, subject, attempts, error, set_aside_ms, length(body) AS bytes FROM ${table}
WHERE set_aside_ms IS NOT NULL ORDER BY seq LIMIT $1`,
    // It keeps its attempts, and so its place before the rest of its lane.
    retry: `UPDATE ${table} SET set_aside_ms = NULL, due_ms = 1 WHERE set_aside_ms IS NOT NULL AND id = $1`,
    retryAll: `UPDATE ${table} SET set_aside_ms = NULL, due_ms = 1 WHERE set_aside_ms IS NOT NULL`,
    discard: `DELETE FROM ${table} WHERE set_aside_ms IS NOT NULL AND id = $1`,
    count: `SELECT count(*) AS total, count(set_aside_ms) AS set_aside FROM ${table}`,
  };
}

function insertSql({ name, nowMs }: Dialect, table: string): string {
  const into = `INSERT INTO ${table} (id, type, lane, subject, head, body, due_ms)`;
  const due = `CASE WHEN CAST($7 AS BIGINT) = 0 THEN 0 ELSE ${nowMs} + CAST($7 AS BIGINT) END`;
  if (name === 'sqlite') return `${into} VALUES ($1, $2, $3, $4, $5, $6, ${due})`;
  // Two transactions could take numbers in one order and commit in the other. The lock of the lane, held until the
  // commit, lets the second take its number only after the first is committed. The notification leaves with the commit.
  return `WITH lane AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended('${table} ' || $3::text, 0)), pg_notify('${table}', '')
)
${into} SELECT $1::text, $2::text, $3::text, $4::text, $5::bytea, $6::bytea, ${due} FROM lane`;
}
