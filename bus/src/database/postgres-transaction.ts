import type { PostgresClient, PostgresPool } from './postgres-client.ts';

/**
 * Runs `work` in a transaction on a connection of its own: committed when its promise resolves, rolled back when it
 * rejects.
 *
 * @throws whatever `work` throws, and errors of the database. When the connection is lost while it commits, nobody knows
 * whether it did.
 */
export async function postgresTransaction<T>(
  pool: PostgresPool,
  work: (tx: PostgresClient) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  // A connection that is lost says so by this event too, which would end the process if nobody listened.
  connection.on('error', onError);
  try {
    await connection.query('BEGIN');
    try {
      const result = await work(connection);
      await connection.query('COMMIT');
      return result;
    } catch (error) {
      await connection.query('ROLLBACK').catch((failure: Error) => {
        broken ??= failure;
      });
      throw error;
    }
  } finally {
    connection.off('error', onError);
    connection.release(broken);
  }
}
