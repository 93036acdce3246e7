import type { EdgeBus } from './edge-bus.ts';
import { isReady } from './health.ts';
import { healthService } from './health-service/health-service.ts';
import { createServiceHealth } from './health-service/service-health.ts';
import type { LiveRoutes } from './live-routes.ts';
import type { LocalService } from './local/local-service.ts';
import { operationsService } from './operations/operations-service.ts';
import { reflectionServices } from './reflection/reflection-services.ts';

export interface EdgeServicesOptions {
  readonly bus: EdgeBus;
  /** The routes that these services become part of, so they are there only once the edge runs. */
  readonly routes: () => LiveRoutes;
  readonly isClosing: () => boolean;
  /** Whether clients may ask which services and types there are. Default true. */
  readonly reflection?: boolean | undefined;
}

/** The services that every edge runs itself. */
export function edgeServices(options: EdgeServicesOptions): LocalService[] {
  const { bus, routes, isClosing, reflection = true } = options;
  const health = createServiceHealth({
    table: () => routes().table,
    isReady: () => isReady({ bus, routes: routes(), isClosing }),
    served: (service) => bus.served(service),
  });
  return [
    healthService(health),
    operationsService(bus.operations, () => routes().table),
    ...(reflection ? reflectionServices(() => routes().table) : []),
  ];
}
