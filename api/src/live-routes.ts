import type { Catalog, CatalogService } from '@busline/bus';
import type { Logger } from 'pino';
import type { LocalService } from './local/local-service.ts';
import type { PolicyResolver } from './policies/method-policy.ts';
import type { RestOptions } from './rest-route.ts';
import {
  compileLocalService,
  compileService,
  joinRoutes,
  type RouteTable,
  type ServiceRoutes,
} from './route-table.ts';
import { formatRuleFault } from './transcode/http-rule.ts';

/** The route table of the moment. A request reads it once, so it keeps its routes while the table is replaced. */
export interface LiveRoutes {
  readonly table: RouteTable;
  /** Whether a catalog has been seen. */
  readonly loaded: boolean;
  /** Builds the table of a catalog and puts it in place. */
  update(catalog: Catalog): void;
}

export function createLiveRoutes(options: {
  readonly log: Logger;
  readonly rest?: RestOptions | undefined;
  readonly policyOf: PolicyResolver;
  /** Services that the edge runs itself. Default: none. */
  readonly local?: readonly LocalService[] | undefined;
}): LiveRoutes {
  const { log, rest = {}, policyOf } = options;
  const local = (options.local ?? []).map((service) => compileLocalService(service, { rest, policyOf }));
  let loaded = false;
  let reported = new Set<string>();
  // A contract that stays is not compiled again: the catalog keeps its object.
  const compiled = new WeakMap<CatalogService, ServiceRoutes>();

  function routesOf(service: CatalogService): ServiceRoutes {
    let routes = compiled.get(service);
    if (routes === undefined) {
      routes = compileService(service, { rest, policyOf });
      compiled.set(service, routes);
    }
    return routes;
  }

  const { errorFormat = 'problem' } = rest;
  const join = (catalog: Catalog): RouteTable => joinRoutes(catalog, { routesOf, local, errorFormat });
  let table = join({ services: new Map() });

  function report(next: RouteTable): void {
    const faults = new Set(next.faults.map(formatRuleFault));
    for (const fault of faults) {
      if (!reported.has(fault)) log.warn({ fault }, 'a rule of a contract cannot be taken as it stands');
    }
    reported = faults;
  }

  return {
    get table() {
      return table;
    },
    get loaded() {
      return loaded;
    },
    update(catalog) {
      const startedAtMs = performance.now();
      table = join(catalog);
      loaded = true;
      report(table);
      const durationMs = Math.round((performance.now() - startedAtMs) * 10) / 10;
      log.info(
        { services: table.services.length, procedures: table.procedures.size, durationMs },
        'routes are in place',
      );
    },
  };
}
