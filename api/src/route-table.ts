import type { Catalog, CatalogService } from '@busline/bus';
import { docsPaths } from './docs-page/docs-options.ts';
import type { LocalService } from './local/local-service.ts';
import { type MethodRecord, methodRecord } from './method-record.ts';
import { durableOf } from './operations/durable-of.ts';
import type { PolicyResolver } from './policies/method-policy.ts';
import { type ErrorFormat, type RestOptions, type RestRoute, restRoute } from './rest-route.ts';
import { compileHttpRules, methodName, type RuleFault, ruleFault } from './transcode/http-rule.ts';
import { createJsonCodec } from './transcode/json-codec.ts';
import { createRouter, type Router } from './transcode/router.ts';

/** Every route there is at one moment. Never changed: a new catalog makes a new table. */
export interface RouteTable {
  /** By path of the procedure, for the RPC protocols. */
  readonly procedures: ReadonlyMap<string, MethodRecord>;
  readonly rest: Router<RestRoute>;
  /** The routes in `rest`, without those that a fault keeps out. */
  readonly served: readonly RestRoute[];
  /** By service, in the order of their names. */
  readonly services: readonly ServiceRoutes[];
  /** Services of the edge itself. They go before one of the bus by the same name, and before routes like theirs. */
  readonly local: readonly LocalRoutes[];
  /** Rules that could not be taken. */
  readonly faults: readonly RuleFault[];
  /** How REST errors look. */
  readonly errorFormat: ErrorFormat;
}

/** What one contract gives, whatever other services there are. */
export interface ServiceRoutes {
  readonly service: CatalogService;
  readonly methods: readonly MethodRecord[];
  readonly rest: readonly RestRoute[];
  readonly faults: readonly RuleFault[];
}

/** Paths of the edge itself, which no service can have. */
const edgePaths: readonly string[] = ['/', '/livez', '/readyz', ...docsPaths];

/** @param path a path, or the text of a template */
export function isEdgePath(path: string): boolean {
  return edgePaths.some((own) => own === path || (own.endsWith('/*') && path.startsWith(own.slice(0, -1))));
}

/** What a service of the edge itself gives. */
export interface LocalRoutes {
  readonly service: LocalService;
  readonly methods: readonly MethodRecord[];
  readonly rest: readonly RestRoute[];
}

/** What routes depend on besides the contract. */
export interface RouteOptions {
  readonly rest: RestOptions;
  readonly policyOf: PolicyResolver;
}

/** Compiles the routes of one service. A method whose policy cannot be read is not served. */
export function compileService(service: CatalogService, { rest, policyOf }: RouteOptions): ServiceRoutes {
  const { desc, registry, partial } = service;
  const json = createJsonCodec(registry, rest);
  const policies = desc.methods.map((method) => ({
    method,
    durable: durableOf(method),
    ...policyOf(method),
  }));
  const methods = policies.flatMap(({ method, policy, durable: { contract, fault } }) =>
    policy === undefined || fault !== undefined
      ? []
      : [
          methodRecord(method, {
            policy,
            registry,
            json,
            partial: partial?.has(method.name),
            durable: contract,
          }),
        ],
  );
  const rules = methods.map((record) => ({ record, ...compileHttpRules(record.desc) }));
  return {
    service,
    methods,
    rest: rules.flatMap(({ record, bindings }) =>
      bindings.map((binding) => restRoute(record, binding, rest)),
    ),
    faults: [
      ...rules.flatMap(({ faults }) => faults),
      ...policies.flatMap(({ method, faults }) =>
        faults.map((reason) => ruleFault(method, '(busline.policy.v1.method)', reason)),
      ),
      ...policies.flatMap(({ method, durable: { fault } }) =>
        fault === undefined ? [] : [ruleFault(method, '(busline.durable.v1.method)', fault)],
      ),
    ],
  };
}

/** What a service that the edge runs itself gives. Its policies and rules come from its contract like any other's. */
export function compileLocalService(service: LocalService, { rest, policyOf }: RouteOptions): LocalRoutes {
  const { desc, registry, upstream } = service;
  const json = createJsonCodec(registry, rest);
  const methods = desc.methods.map((method) => {
    const { policy, faults } = policyOf(method);
    if (policy === undefined) throw new TypeError(`${methodName(method)}: ${faults.join('; ')}`);
    return methodRecord(method, {
      policy,
      registry,
      json,
      upstream,
      serverSent: service.serverSent[method.name],
      notes: service.notes[method.name],
    });
  });
  const routes = methods.flatMap((record) =>
    compileHttpRules(record.desc).bindings.map((binding) => restRoute(record, binding, rest)),
  );
  return { service, methods, rest: routes };
}

/** What the routes of a catalog are joined from. */
export interface RouteSources {
  readonly routesOf: (service: CatalogService) => ServiceRoutes;
  readonly local: readonly LocalRoutes[];
  readonly errorFormat: ErrorFormat;
}

/**
 * Joins the routes of all services. Where two rules would answer the same requests, the first by service name and
 * place in the contract is served, so that every edge decides alike; the other is a fault that names both.
 */
export function joinRoutes(catalog: Catalog, { routesOf, local, errorFormat }: RouteSources): RouteTable {
  const sorted = [...catalog.services].sort(([a], [b]) => (a < b ? -1 : 1));
  const services = sorted.map(([, service]) => routesOf(service));
  const procedures = new Map(
    [...services.flatMap(({ methods }) => methods), ...local.flatMap(({ methods }) => methods)].map(
      (record) => [record.procedure, record],
    ),
  );
  const rest = createRouter<RestRoute>();
  // Before all others: what the edge itself answers is not for a service to take.
  for (const route of local.flatMap((routes) => routes.rest)) {
    rest.add(route.binding.httpMethod, route.binding.template, route);
  }
  const served: RestRoute[] = [];
  const faults = services.flatMap((routes) => routes.faults);
  for (const route of services.flatMap((routes) => routes.rest)) {
    const { httpMethod, template, method } = route.binding;
    const fault = (reason: string): RuleFault => ruleFault(method, `${httpMethod} ${template.text}`, reason);
    const owner = isEdgePath(template.text) ? 'the edge itself' : procedures.get(template.text)?.name;
    if (owner !== undefined) {
      faults.push(fault(`the path belongs to ${owner}`));
      continue;
    }
    const other = rest.add(httpMethod, template, route);
    if (other === undefined) {
      served.push(route);
    } else {
      faults.push(
        fault(
          `${methodName(other.binding.method)} already answers the same requests by ${other.binding.template.text}`,
        ),
      );
    }
  }
  return { procedures, rest, served, services, local, faults, errorFormat };
}
