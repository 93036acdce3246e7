// For applications: join the bus, call, serve.
export { type Bus, connect } from './bus.ts';
export type { ConnectionState } from './connection/connection.ts';
export type { Logger } from './connection/logger.ts';
export type { ConnectOptions } from './connection/options.ts';
// For tools: what instances say of themselves.
export { type MethodTotals, mergeStats, statsSince } from './discovery/merge-stats.ts';
export { type MethodCounts, readServiceStats, type ServiceStats } from './discovery/service-stats.ts';
// For applications: durable calls.
export type { DurableCall, DurableClient, DurableStartOptions } from './durable/durable-client.ts';
// For gateways: durable calls as bytes.
export { stillRunning } from './durable/durable-client.ts';
export { type DurableContract, durableContract } from './durable/durable-contract.ts';
export { operation, operationKey, type RunningOperation } from './durable/operation-context.ts';
export { type OperationRef, operationName, ownerToken, readOperationName } from './durable/operation-ref.ts';
export type { OperationStart, Operations, StartedOperation } from './durable/operations.ts';
export { expireTime, type Outcome, outcomeOf } from './durable/outcome.ts';
// For applications: errors of the bus.
export {
  type CallFate,
  type CodeMeaning,
  callFate,
  codeTable,
  type FaultReason,
  faultReason,
  retryAfterMs,
} from './errors/index.ts';
// For applications: events.
export type { ConsumerOptions } from './events/consume/consumer-options.ts';
export type { EventContext } from './events/consume/event-context.ts';
export { type EventBinding, type EventHandler, on } from './events/consume/on.ts';
export {
  type BatchContext,
  type BatchHandler,
  type BatchOptions,
  onBatch,
} from './events/consume/on-batch.ts';
// For tools: consumers.
export type { ConsumerAdmin } from './events/consumers/consumer-admin.ts';
export type { ConsumerInstance, ConsumerMode, ConsumerStatus } from './events/consumers/consumer-status.ts';
export type { ConsumerFilter } from './events/consumers/read-consumers.ts';
export { type EventContract, eventContract, isEvent } from './events/contract/event-contract.ts';
// For gateways and tools: what streams there are to be.
export type { EventTypes, KnownEvent } from './events/contract/watch-event-types.ts';
// For tools: dead letters.
export type { DeadLetterFilter, DeadLetterPage, DeadLetters } from './events/dead-letters/dead-letters.ts';
export type { EventDetails, EventOrigin, PreparedEvent } from './events/publish/prepare-event.ts';
export type {
  BatchPublished,
  PublishAllOptions,
  Published,
  PublishOptions,
} from './events/publish/publisher.ts';
// For tools: what streams hold.
export type { ReadFrom, ReadOptions } from './events/read/read-options.ts';
export type { EventGap, StoredEvent } from './events/read/stored-event.ts';
export type { ReplayOptions, ReplayProgress } from './events/replay/replay.ts';
export type { ReplayPlan, ReplayRequest } from './events/replay/replay-plan.ts';
export type { Schedule, ScheduleOptions } from './events/schedules/schedules.ts';
export type { Timing } from './events/schedules/timing.ts';
export { describePlan } from './events/streams/describe-plan.ts';
export type { PlannedStream, StreamChange } from './events/streams/plan-stream.ts';
export type { Applied, ApplyOptions, PlanOptions, StreamPlan } from './events/streams/stream-plan.ts';
export type { DurationCounts } from './metrics/duration-histogram.ts';
export { bucketLimitMs, histogramBucket } from './metrics/histogram-buckets.ts';
export { durationsSince, mergeDurations } from './metrics/merge-durations.ts';
export { countOf, percentileMs } from './metrics/percentile.ts';
// For applications: who calls, as the edge has verified it.
export { identity, identityKey } from './policy/caller-identity.ts';
// For gateways and tools: what services there are.
export {
  type Authentication,
  type ContractPolicy,
  type ContractPolicyReading,
  contractPolicy,
  overridePolicy,
  type Scopes,
} from './policy/contract-policy.ts';
export { enforcePolicy } from './policy/enforce-policy.ts';
export { type EventAccess, eventAccess, type PermittedCallers } from './policy/event-access.ts';
export type { Identity } from './policy/identity.ts';
export { missingScopes } from './policy/missing-scopes.ts';
export { redacted, unredacted } from './redaction/redacted.ts';
export type { Catalog, CatalogService } from './registry/catalog.ts';
export type {
  BreakingCategory,
  BreakingChange,
  BreakingRule,
} from './registry/compatibility/breaking-change.ts';
export { breakingChanges } from './registry/compatibility/breaking-changes.ts';
export type { ContractGate } from './registry/gate/contract-gate.ts';
export type { ContractBreak } from './registry/gate/judge.ts';
export type { CatalogWatch } from './registry/watch-catalog.ts';
export type { RegistryWatch } from './registry/watch-registry.ts';
export type { CancelSignal } from './rpc/cancel-signal.ts';
export type { Gathered } from './rpc/client/gather.ts';
export type { RawStream, RawStreamCall, RawStreamListener } from './rpc/client/raw-stream.ts';
export type { UnaryCall, UnaryReply } from './rpc/client/raw-unary.ts';
export type { TransportOptions } from './rpc/client/transport.ts';
export { implement, type ServiceBinding } from './rpc/server/implement.ts';
export type { ServiceOptions } from './rpc/server/service-options.ts';
export { detached } from './scope/call-scope.ts';
export { deadLetterService } from './services/dead-letter-service.ts';
export type { Emit, EmitDetails } from './state/emitted-events.ts';
export type { ChangedOnce, Entry, Store, StoreOptions } from './state/store.ts';
// For gateways and tools: what processes tell of what they do.
export type { BusTelemetry } from './telemetry/bus-telemetry.ts';
export { attribute } from './tracing/attributes.ts';
export { isServerFailure, type OpenSpan } from './tracing/open-span.ts';
export { isSampled, isTraceparent, randomHex, traceIdOf } from './tracing/trace-parent.ts';
export type { SpanShape, TraceParent, Tracing } from './tracing/tracing.ts';
// For gateways: the rules of a contract.
export { type MessageCheck, messageCheck } from './validation/message-check.ts';
export type { EventWorkerOptions as WorkerOptions } from './worker/event-worker.ts';
export type { Worker } from './worker/open-worker.ts';
export { type ReadyNotice, runWorker, type WorkerDefinition } from './worker/run-worker.ts';
