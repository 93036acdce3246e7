import { setTimeout as delay } from 'node:timers/promises';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@busline/schemas/grpc/health/v1/health';
import { Code, ConnectError } from '@connectrpc/connect';
import { type LocalService, localService } from '../local/local-service.ts';
import type { ServiceHealth } from './service-health.ts';

/** How often a watched service is looked at, in milliseconds. */
const lookEveryMs = 500;

/** gRPC health checking (grpc/health/v1/health.proto): the edge under the empty name, and each service of the bus. */
export function healthService(health: ServiceHealth): LocalService {
  return localService(Health, {
    async check({ service }) {
      const status = await health.status(service);
      if (status === Status.SERVICE_UNKNOWN) throw unknown(service);
      return { status };
    },

    async list() {
      const names = ['', ...health.names()];
      const statuses = await Promise.all(names.map((name) => health.status(name)));
      return {
        statuses: Object.fromEntries(names.map((name, index) => [name, { status: statuses[index] }])),
      };
    },

    /** Tells the status now and at each change; a service that is not known yet may become so. */
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      while (!signal.aborted) {
        const status = await health.status(service);
        if (status !== told) yield { status };
        told = status;
        await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  });
}

function unknown(service: string): ConnectError {
  return new ConnectError(`no service ${service} is known: no worker has announced it`, Code.NotFound);
}
