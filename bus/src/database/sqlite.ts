import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, SqlResult, SqlValue } from './database.ts';
import { sqliteDialect } from './dialect.ts';

/** Longest wait for a transaction of the application to end, in milliseconds. Those of node:sqlite take no turn of the event loop. */
const longestTransactionMs = 5_000;

/** Runs one statement. Numbers beyond 2^53 do not occur in our tables. */
export function runSqlite(statement: StatementSync, values: readonly SqlValue[]): SqlResult {
  const inputs = values as readonly SQLInputValue[];
  if (statement.columns().length > 0) {
    const rows = statement.all(...inputs) as SqlResult['rows'];
    return { rows, changed: 0 };
  }
  return { rows: [], changed: Number(statement.run(...inputs).changes) };
}

/** Prepares each statement once. */
export function sqliteStatements(db: DatabaseSync): (text: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (text) => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = db.prepare(text.replace(/\$(\d+)/g, '?$1'));
      prepared.set(text, statement);
    }
    return statement;
  };
}

/** A connection of node:sqlite that the application uses too. */
export function sqliteDatabase(db: DatabaseSync): Database<DatabaseSync, undefined> {
  const prepare = sqliteStatements(db);
  const listeners = new Set<() => void>();
  let telling = false;

  const tell = (): void => {
    telling = false;
    for (const listener of listeners) listener();
  };
  return {
    dialect: sqliteDialect,
    async query(text, values = []) {
      // It is the application's connection: within its transaction we would read what may be rolled back.
      const giveUpAtMs = performance.now() + longestTransactionMs;
      while (db.isTransaction) {
        if (performance.now() > giveUpAtMs) {
          throw new Error(
            `a transaction has been open on this SQLite connection for ${longestTransactionMs} ms; end it without awaiting anything else`,
          );
        }
        await delay(1);
      }
      return runSqlite(prepare(text), values);
    },
    execute(tx, text, values) {
      if (tx !== db)
        throw new TypeError('the transaction is one of another connection than that of the outbox');
      if (!db.isTransaction) {
        throw new TypeError(
          'no transaction is open: an event is added in the one that changes the state, see sqliteTransaction()',
        );
      }
      runSqlite(prepare(text), values);
      if (!telling) {
        telling = true;
        // Once the turn is over, and with it the transaction.
        setImmediate(tell);
      }
    },
    onCommit(_channel, listener) {
      listeners.add(listener);
      return async () => {
        listeners.delete(listener);
      };
    },
  };
}
