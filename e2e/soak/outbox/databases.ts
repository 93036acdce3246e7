import { DatabaseSync } from 'node:sqlite';

/** Opens one of the two databases, as several processes do at once. */
export function openDatabase(file: string, table: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 10_000 });
  // Processes are killed here, not machines: what was written to the file stays.
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS ${table} (key TEXT NOT NULL, number INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS ${table}_key ON ${table} (key, number)`);
  return db;
}

/** `<key> <number>` of each row. */
export function readNumbers(db: DatabaseSync, table: string): string[] {
  return db
    .prepare(`SELECT key || ' ' || number AS line FROM ${table}`)
    .all()
    .map(({ line }) => String(line));
}
