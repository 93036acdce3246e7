import type { DescMethod } from '@bufbuild/protobuf';
import type { Subscription } from '@nats-io/nats-core';
import type { Connection } from '../../connection/connection.ts';
import type { DirectCalls } from './direct-calls.ts';
import type { HeldCalls } from './held-calls.ts';
import type { Handler } from './implement.ts';
import type { JobBoard } from './job-board.ts';
import type { MethodStats } from './method-stats.ts';
import type { CompleteServiceOptions } from './service-options.ts';
import type { StreamTable } from './stream-table.ts';

/** A served method. */
export interface Endpoint {
  readonly method: DescMethod;
  readonly subject: string;
  readonly subscriptions: readonly Subscription[];
  /** Takes no more calls addressed to this instance. */
  stopDirect(): void;
  stats(): MethodStats;
}

/** What the endpoints of a service share. */
export interface EndpointContext {
  readonly connection: Connection;
  readonly held: HeldCalls;
  readonly streams: StreamTable;
  readonly direct: DirectCalls;
  readonly board: JobBoard;
  readonly options: CompleteServiceOptions;
}

export interface EndpointInit<M extends DescMethod = DescMethod> {
  readonly method: M;
  readonly handler: Handler;
}
