// Real servers for tests.

// Certificates for tests over TLS.
export type { KeyPair, TestCertificates } from './certificates.ts';
export { createTestCertificates } from './certificates.ts';
// What requests did on their way, as text.
export { kindName, spanTree, statusName } from './span-tree.ts';
export type { TestNats, TestNatsOptions } from './start-nats.ts';
export { startNats } from './start-nats.ts';
export type { TestClusterOptions, TestNatsCluster } from './start-nats-cluster.ts';
export { startNatsCluster } from './start-nats-cluster.ts';
export type { TestPostgres } from './start-postgres.ts';
export { findPostgres, startPostgres } from './start-postgres.ts';
