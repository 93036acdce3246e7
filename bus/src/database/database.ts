import type { Dialect } from './dialect.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows inserted, updated or deleted. */
  readonly changed: number;
}

/**
 * A database as outbox and inbox see it.
 *
 * @typeParam Tx What stands for an open transaction of the application.
 * @typeParam Pending What a statement in it returns: nothing, or a promise.
 */
export interface Database<Tx, Pending extends undefined | Promise<undefined>> {
  readonly dialect: Dialect;
  /** Runs a statement outside of any transaction of the application. */
  query(text: string, values?: readonly SqlValue[]): Promise<SqlResult>;
  /**
   * Runs a statement in a transaction of the application.
   *
   * @throws TypeError when `tx` is none.
   */
  execute(tx: Tx, text: string, values: readonly SqlValue[]): Pending;
  /**
   * Calls `listener` soon after a transaction that ran `execute` may have been committed, where that can be known.
   * Returns the function that ends it.
   */
  onCommit(channel: string, listener: () => void): () => Promise<void>;
}
