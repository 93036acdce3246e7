/** What `query` answers, as `pg` has it. */
export interface PostgresResult {
  // Rows are whatever the statement selects.
  readonly rows: readonly object[];
  readonly rowCount: number | null;
}

/** Runs statements: a connection with an open transaction, where one is asked for. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
}

/** A connection taken from a pool. */
export interface PostgresConnection extends PostgresClient {
  /** Gives it back; with `true` or an error it is closed. */
  release(destroy?: Error | boolean): void;
  on(event: 'notification', listener: (message: { channel: string }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'notification', listener: (message: { channel: string }) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** A pool of connections: the `Pool` of `pg`, or what looks like it. */
export interface PostgresPool extends PostgresClient {
  connect(): Promise<PostgresConnection>;
}
