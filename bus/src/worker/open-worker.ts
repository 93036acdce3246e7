import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { openMicroResponder } from '../discovery/micro-responder.ts';
import type { MicroService } from '../discovery/micro-responses.ts';
import { fault } from '../errors/fault.ts';
import { announce } from '../registry/announce.ts';
import { serviceSchema } from '../registry/schema-digest.ts';
import { openServing, type WorkerOptions } from '../rpc/server/serve.ts';
import type { ServiceServer, ServingContext } from '../rpc/server/service-server.ts';

/** A worker that serves. */
export interface Worker {
  readonly name: string;
  /** Calls running or waiting now. */
  readonly underWay: number;
  /** Leaves without losing a call (docs/lifecycle.md). May be called again; all calls wait for the same end. */
  stop(): Promise<void>;
}

/** Serves, answers discovery and announces the contracts; announces again after each reconnect, to a broker that may be a new one. */
export async function openWorker(context: ServingContext, options: WorkerOptions): Promise<Worker> {
  const { connection } = context;
  const { name, version, services } = options;
  const startedAt = new Date();
  const schemas = new Map(services.map(({ service }) => [service.typeName, serviceSchema(service)]));
  const announcements = services.map(({ service }) => ({
    service: service.typeName,
    schema: schemas.get(service.typeName) ?? serviceSchema(service),
    worker: name,
    version,
  }));

  const refused: string[] = [];
  const stopHearing = connection.onRefusal(({ operation, subject }) => {
    if (operation === 'subscription') refused.push(subject);
  });
  const serving = openServing(context, options);
  const stopMicro = serving.servers.map((server) => openMicroResponder(connection, () => describe(server)));
  const stopListening = connection.onStateChange((state) => {
    if (state !== 'connected') return;
    announce(connection, announcements).catch((error) =>
      connection.log.error({ err: error, worker: name }, 'the contracts could not be announced again'),
    );
  });
  const close = (): void => {
    stopListening();
    for (const stop of stopMicro) stop();
  };
  try {
    // Subscriptions first: a route that appears at the edge has someone behind it.
    await connection.flush();
    if (refused.length > 0) throw notPermitted(name, refused);
    await announce(connection, announcements);
  } catch (error) {
    await serving.stop();
    close();
    throw error;
  } finally {
    stopHearing();
  }

  function describe(server: ServiceServer): MicroService {
    const { service, options: serviceOptions } = server.binding;
    return {
      service: service.typeName,
      id: connection.instance,
      version,
      worker: name,
      digest: schemas.get(service.typeName)?.digest ?? '',
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

  return {
    name,
    get underWay() {
      return serving.underWay;
    },
    async stop() {
      await serving.stop();
      close();
    },
  };
}

function notPermitted(worker: string, subjects: readonly string[]) {
  return fault('NOT_PERMITTED', {
    message: `the broker does not let worker ${worker} subscribe to ${subjects.join(', ')}; grant its user these subjects`,
    fate: 'never-started',
  });
}
