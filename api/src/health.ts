import type { EdgeBus } from './edge-bus.ts';
import type { EdgeResponse } from './exchange.ts';
import type { LiveRoutes } from './live-routes.ts';

/** Whether the process should keep running: it answers, so yes. */
export function liveness(): EdgeResponse {
  return json(200, { status: 'alive' });
}

/** What readiness depends on. */
export interface ReadinessSources {
  readonly bus: EdgeBus;
  readonly routes: LiveRoutes;
  readonly isClosing: () => boolean;
}

/** Whether requests should be sent here: the bus is connected, the routes are known, and the edge is not leaving. */
export function readiness(sources: ReadinessSources): EdgeResponse {
  const reason = unreadyReason(sources);
  if (reason === undefined)
    return json(200, { status: 'ready', services: sources.routes.table.services.length });
  return json(503, { status: 'unready', reason });
}

export function isReady(sources: ReadinessSources): boolean {
  return unreadyReason(sources) === undefined;
}

function unreadyReason({ bus, routes, isClosing }: ReadinessSources): string | undefined {
  if (isClosing()) return 'the edge is shutting down';
  if (bus.state !== 'connected') return `the bus is ${bus.state}`;
  if (!routes.loaded) return 'the catalog of services has not been read yet';
  return undefined;
}

function json(status: number, body: Readonly<Record<string, unknown>>): EdgeResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
