import type { EdgeBus } from './edge-bus.ts';
import type { EventDirectory } from './events/event-directory.ts';
import { eventRegistry } from './events/event-registry.ts';
import { eventService } from './events/event-service.ts';
import { isReady } from './health.ts';
import { healthService } from './health-service/health-service.ts';
import { createServiceHealth } from './health-service/service-health.ts';
import type { LiveRoutes } from './live-routes.ts';
import type { LocalService } from './local/local-service.ts';
import { liveRegistry } from './operations/live-registry.ts';
import { operationsService } from './operations/operations-service.ts';
import type { EdgePolicies } from './policies/edge-policies.ts';
import { reflectionServices } from './reflection/reflection-services.ts';
import type { TraceRing } from './traces/trace-ring.ts';
import { tracesService } from './traces/traces-service.ts';

export interface EdgeServicesOptions {
  readonly bus: EdgeBus;
  /** The routes that these services become part of, so they are there only once the edge runs. */
  readonly routes: () => LiveRoutes;
  /** Aborts when the edge leaves. */
  readonly closing: AbortSignal;
  /** The events there are. */
  readonly events: EventDirectory;
  readonly policies: Pick<EdgePolicies, 'isOpen' | 'challenger'>;
  /** Whether clients may ask which services and types there are. Default true. */
  readonly reflection?: boolean | undefined;
  /** Default: none are kept. */
  readonly traces?: TraceRing | undefined;
}

/** The services that every edge runs itself. */
export function edgeServices(options: EdgeServicesOptions): LocalService[] {
  const { bus, routes, closing, events, policies, reflection = true, traces } = options;
  const health = createServiceHealth({
    table: () => routes().table,
    isReady: () => isReady({ bus, routes: routes(), isClosing: () => closing.aborted }),
    served: (service) => bus.served(service),
  });
  return [
    healthService(health),
    operationsService(bus.operations, () => routes().table),
    eventService({
      bus,
      directory: events,
      policies,
      registry: eventRegistry(
        events,
        liveRegistry(() => routes().table),
      ),
      closing,
    }),
    ...(traces === undefined ? [] : [tracesService(traces, bus.instance)]),
    ...(reflection ? reflectionServices(() => routes().table) : []),
  ];
}
