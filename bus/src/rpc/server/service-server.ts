import type { DescMethodUnary } from '@bufbuild/protobuf';
import type { Connection } from '../../connection/connection.ts';
import type { DirectCalls } from './direct-calls.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import type { HeldCalls } from './held-calls.ts';
import type { ServiceBinding } from './implement.ts';
import { createJobBoard } from './job-board.ts';
import { openStreamEndpoint } from './stream-endpoint.ts';
import type { StreamTable } from './stream-table.ts';
import { openUnaryEndpoint } from './unary-endpoint.ts';

/** What the services on one connection share. */
export interface ServingContext {
  readonly connection: Connection;
  readonly held: HeldCalls;
  readonly streams: StreamTable;
  readonly direct: DirectCalls;
}

/** One service as served by this process: its subscriptions, its limit, its numbers. */
export interface ServiceServer {
  readonly binding: ServiceBinding;
  /** What is served: methods that have a handler. */
  readonly endpoints: readonly Endpoint[];
  readonly running: number;
  readonly waiting: number;
  /** Takes no more calls; resolves when the broker has confirmed that none is on its way. */
  stopIntake(): Promise<void>;
  /** Resolves when the last accepted call has ended. */
  idle(): Promise<void>;
  /** Answers for whatever is still under way and tells the handlers to stop. */
  abandon(): void;
  close(): void;
}

/** Begins to serve: the subscriptions are with the broker after the connection's next flush. */
export function openServiceServer(serving: ServingContext, binding: ServiceBinding): ServiceServer {
  const { connection, held } = serving;
  const { service, options } = binding;
  const board = createJobBoard(connection, held, options);
  const context: EndpointContext = { ...serving, board, options };

  const endpoints: Endpoint[] = [];
  for (const method of service.methods) {
    const handler = binding.handler(method);
    if (handler === undefined) continue;
    endpoints.push(
      method.methodKind === 'unary'
        ? openUnaryEndpoint(context, { method: method as DescMethodUnary, handler })
        : openStreamEndpoint(context, { method, handler }),
    );
  }
  const broadcasts = connection.subscribe(connection.subjects.broadcasts(service.typeName), (message) =>
    held.onBroadcast(message, leaving),
  );
  let leaving = false;

  return {
    binding,
    endpoints,
    get running() {
      return board.running;
    },
    get waiting() {
      return board.waiting;
    },
    async stopIntake() {
      leaving = true;
      for (const endpoint of endpoints) endpoint.stopDirect();
      const open = endpoints
        .flatMap((endpoint) => endpoint.subscriptions)
        .filter((subscription) => !subscription.isClosed());
      await Promise.all(open.map((subscription) => subscription.drain()));
    },
    idle: () => board.idle(),
    abandon: () => board.abandon(),
    close() {
      board.close();
      broadcasts.unsubscribe();
    },
  };
}
