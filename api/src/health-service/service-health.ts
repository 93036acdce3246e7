import { HealthCheckResponse_ServingStatus as Status } from '@busline/schemas/grpc/health/v1/health';
import type { RouteTable } from '../route-table.ts';

/** What the health of the edge and of services is told from. */
export interface HealthSources {
  table(): RouteTable;
  /** Whether the edge itself takes requests. */
  isReady(): boolean;
  /** Asks the bus whether anybody serves a service now. */
  served(service: string): Promise<boolean>;
}

/** Tells the health of one service, by full name; the edge's own for an empty one. */
export interface ServiceHealth {
  status(service: string): Promise<Status>;
  /** Names of all that can be asked for, without the empty one. */
  names(): string[];
}

/**
 * Asks the bus at most once per `freshMs` for each service, however many callers ask. Nothing is asked while nobody
 * does: a question costs each instance of the service one small message.
 *
 * @param freshMs how long an answer holds, in milliseconds. Default 250: a watcher that looks every half second sees a
 * change within one.
 */
export function createServiceHealth(sources: HealthSources, freshMs = 250): ServiceHealth {
  const asked = new Map<string, { readonly atMs: number; readonly status: Promise<Status> }>();
  return {
    names: () => {
      const { services, local } = sources.table();
      return [...services.map(({ service }) => service.desc), ...local.map(({ service }) => service.desc)]
        .map(({ typeName }) => typeName)
        .sort();
    },
    async status(name) {
      if (name === '') return serving(sources.isReady());
      const { services, local } = sources.table();
      if (local.some(({ service }) => service.desc.typeName === name)) return Status.SERVING;
      if (!services.some(({ service }) => service.desc.typeName === name)) {
        asked.delete(name);
        return Status.SERVICE_UNKNOWN;
      }
      const nowMs = performance.now();
      let answer = asked.get(name);
      if (answer === undefined || nowMs - answer.atMs >= freshMs) {
        answer = { atMs: nowMs, status: sources.served(name).then(serving) };
        asked.set(name, answer);
      }
      return answer.status;
    },
  };
}

function serving(is: boolean): Status {
  return is ? Status.SERVING : Status.NOT_SERVING;
}
