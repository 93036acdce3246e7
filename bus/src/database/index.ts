// For applications with a database of their own: state and events in one transaction.

// Inbox.
export type { Cause, HandledOnce, InboxOptions } from '../inbox/inbox.ts';
export { createPostgresInbox, type PostgresInbox } from '../inbox/postgres-inbox.ts';
export { createSqliteInbox, type SqliteInbox } from '../inbox/sqlite-inbox.ts';
// Outbox.
export {
  createPostgresOutbox,
  createSqliteOutbox,
  type Outbox,
  type OutboxDetails,
  type OutboxOptions,
  type PostgresOutbox,
  type SetAsideEvent,
  type SqliteOutbox,
} from '../outbox/outbox.ts';
export type { Relay } from '../outbox/relay.ts';
export type { RelayOptions } from '../outbox/relay-options.ts';
// Transactions.
export type { PostgresClient, PostgresConnection, PostgresPool, PostgresResult } from './postgres-client.ts';
export { postgresTransaction } from './postgres-transaction.ts';
export { sqliteTransaction } from './sqlite-transaction.ts';
