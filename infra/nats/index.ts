// Finding a server.

// Running one.
export { findFreePort } from '../process/free-port.ts';
export type { OrphanGuard } from '../process/orphan-guard.ts';
export { guardAgainstOrphan } from '../process/orphan-guard.ts';
export type { FindEvent, FindOptions, FoundServer } from './find-nats-server.ts';
export { findNatsServer, NatsServerNotFoundError } from './find-nats-server.ts';
export type { FindContext, FindStep, ServerBinary, StepOutcome } from './find-step.ts';
export { NatsServerBinError } from './from-env.ts';

// Configuring one.
export type {
  ClusterConfig,
  JetStreamConfig,
  NatsConfig,
  NatsFiles,
  NatsUser,
  SubjectRules,
  TlsConfig,
} from './nats-config.ts';
export { natsConfig } from './nats-config.ts';
export type { ServerExit } from './ready-wait.ts';
export { ServerDirectoryInUseError } from './server-claim.ts';
export { MINIMUM_VERSION, REFERENCE_VERSION } from './server-version.ts';
export type { NatsServer, StartNatsOptions } from './start-nats-server.ts';
export { NatsStartError, startNatsServer } from './start-nats-server.ts';
