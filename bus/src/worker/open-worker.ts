import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { openMicroResponder } from '../discovery/micro-responder.ts';
import type { MicroService } from '../discovery/micro-responses.ts';
import { type ContractGate, contractGate } from '../registry/gate/contract-gate.ts';
import type { ContractBreak } from '../registry/gate/judge.ts';
import { serviceSchema } from '../registry/schema-digest.ts';
import { checkServing, openServing, type ServingOptions } from '../rpc/server/serve.ts';
import type { ServiceServer, ServingContext } from '../rpc/server/service-server.ts';
import { joinFleets } from './fleet-membership.ts';
import { noteSubscriptionRefusals } from './subscription-refusals.ts';

/** A worker: named services served by one process. */
export interface WorkerOptions extends ServingOptions {
  /**
   * What happens when a contract breaks the one that the service's fleet serves by: `refuse` (default), `warn` or `off`.
   * `BUSLINE_CONTRACT_GATE` in the environment comes first.
   */
  readonly contractGate?: ContractGate;
}

/** A worker that serves. */
export interface Worker {
  readonly name: string;
  /** Calls running or waiting now. */
  readonly underWay: number;
  /** What it serves, and what was counted of it so far. */
  stats(): readonly MicroService[];
  /** What the worker broke by joining; only where the contract gate is `warn`. */
  readonly contractBreaks: readonly ContractBreak[];
  /** Leaves without losing a call (docs/lifecycle.md). May be called again; all calls wait for the same end. */
  stop(): Promise<void>;
}

/** Passes the contract gate, serves, answers discovery and announces the contracts. */
export async function openWorker(context: ServingContext, options: WorkerOptions): Promise<Worker> {
  const { connection } = context;
  const { name, version, services } = options;
  checkServing(options);
  const gate = contractGate(options.contractGate);
  const startedAt = new Date();
  const contracts = services.map(({ service }) => ({
    service: service.typeName,
    desc: service,
    schema: serviceSchema(service),
    worker: name,
    version,
  }));
  const digests = new Map(contracts.map(({ service, schema }) => [service, schema.digest]));

  let stopping: Promise<void> | undefined;
  const refusals = noteSubscriptionRefusals(connection, name);
  const undo: (() => void | Promise<void>)[] = [];
  const leave = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const membership = await joinFleets(connection, { worker: name, contracts, gate, refusals });
    undo.push(() => membership.leave());
    const serving = openServing(context, options);
    const stopMicro = serving.servers.map((server) => openMicroResponder(connection, () => describe(server)));
    undo.push(() => {
      for (const stop of stopMicro) stop();
    });
    undo.push(() => serving.stop());
    // Subscriptions first: a route that appears at the edge has someone behind it.
    await connection.flush();
    refusals.check();
    await membership.announce();
    return {
      name,
      stats: () => serving.servers.map(describe),
      contractBreaks: membership.breaks,
      get underWay() {
        return serving.underWay;
      },
      stop() {
        stopping ??= leave();
        return stopping;
      },
    };
  } catch (error) {
    await leave();
    throw error;
  } finally {
    refusals.stop();
  }

  function describe(server: ServiceServer): MicroService {
    const { service, options: serviceOptions } = server.binding;
    return {
      service: service.typeName,
      id: connection.instance,
      version,
      worker: name,
      digest: digests.get(service.typeName) ?? '',
      startedAt,
      load: { running: server.running, waiting: server.waiting },
      endpoints: server.endpoints.map(({ method, subject, stats }) => ({
        method: method.name,
        subject,
        queueGroup: serviceOptions.queueGroup,
        inputType: method.input.typeName,
        outputType: method.output.typeName,
        kind: method.methodKind,
        idempotency: MethodOptions_IdempotencyLevel[method.idempotency],
        stats: stats(),
      })),
    };
  }
}
