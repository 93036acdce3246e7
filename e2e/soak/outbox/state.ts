import type { Bus } from '@busline/bus';
import type { Cause } from '@busline/bus/database';
import { kvScheme, openKvState } from './kv-state.ts';
import { openPostgresState } from './postgres-state.ts';
import { openSqliteState } from './sqlite-state.ts';

/** The database of the producers, or that of the consumers. Several processes have it open at once. */
export interface State {
  /** Adds the next number of a key and its event in one transaction, and relays. */
  produce(bus: Bus): Promise<Producing>;
  /** Notes the number of an event, once; resolves with whether it was noted before. */
  consume(): Promise<(cause: Cause, key: string, number: bigint) => Promise<boolean>>;
  count(table: Table): Promise<number>;
  /** `<key> <number>` of each row. */
  read(table: 'made' | 'handled'): Promise<string[]>;
  close(): Promise<void>;
}

export interface Producing {
  makeNext(key: string): Promise<void>;
  /** Events that are not published yet. */
  waiting(): Promise<number>;
}

export type Table = 'made' | 'handled' | 'repeats' | 'busline_outbox';

/** How relays take turns here: quickly, because a kill is never far. */
export const relayOptions = { leaseMs: 300, pollMs: 10, batchSize: 64, window: 32 };

/** What both databases understand. */
export const tables = [
  'CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, number BIGINT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS made (key TEXT NOT NULL, number BIGINT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS handled (key TEXT NOT NULL, number BIGINT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS repeats (id TEXT NOT NULL)',
];
export const nextNumber = `INSERT INTO counters VALUES ($1, 1)
  ON CONFLICT (key) DO UPDATE SET number = counters.number + 1 RETURNING number`;
export const lines = (table: string): string => `SELECT key || ' ' || number AS line FROM ${table}`;

/** Opens a database: the URL of a Postgres, that of a broker for its KV, or the path of a SQLite file. */
export async function openState(location: string): Promise<State> {
  if (location.startsWith(kvScheme)) return await openKvState(location);
  return location.startsWith('postgres:') ? await openPostgresState(location) : openSqliteState(location);
}
