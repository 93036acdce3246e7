import type { DescService, Registry } from '@bufbuild/protobuf';
import { defaultLimits } from '../src/limits.ts';
import { createPolicyResolver } from '../src/policies/method-policy.ts';
import type { ErrorFormat } from '../src/rest-route.ts';
import { compileService, joinRoutes, type RouteTable } from '../src/route-table.ts';

/** The routes of services as if workers had announced them. */
export function routeTableOf(
  contracts: readonly { readonly desc: DescService | undefined; readonly registry: Registry }[],
  errorFormat: ErrorFormat = 'problem',
): RouteTable {
  const services = contracts.map(({ desc, registry }) => {
    if (desc === undefined) throw new Error('there is no such service');
    const service = { desc, registry, digest: `sha256-${desc.typeName}`, worker: 'test', version: '1.0.0' };
    return [desc.typeName, service] as const;
  });
  const options = { rest: {}, policyOf: createPolicyResolver({ limits: defaultLimits }) };
  return joinRoutes(
    { services: new Map(services) },
    { routesOf: (service) => compileService(service, options), local: [], errorFormat },
  );
}
