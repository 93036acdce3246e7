import type { RestRoute } from '../rest-route.ts';
import type { RouteTable, ServiceRoutes } from '../route-table.ts';
import { methodName } from '../transcode/http-rule.ts';
import { commentOf } from './comments.ts';
import { errorComponents, type RestErrorForm } from './error-components.ts';
import {
  type OpenApiDocument,
  type OpenApiInfo,
  type OpenApiMethod,
  type Operation,
  openApiMethods,
} from './openapi-document.ts';
import { type OperationContext, procedureOperation, restOperation } from './operation.ts';
import { openApiPath } from './path-template-names.ts';
import { described } from './prose.ts';
import { createSchemaComponents } from './schema-components.ts';
import { type DocumentSecurity, openToAll } from './security.ts';

export interface DocumentOptions {
  readonly info: OpenApiInfo;
  /** Default: nobody is asked who they are. */
  readonly security?: DocumentSecurity | undefined;
}

/**
 * Describes everything that can be called with plain HTTP and JSON: each REST route that is served, by workers or by the edge
 * itself, and each unary method without one by its procedure. What OpenAPI has no words for is named in the description of its service.
 */
export function writeDocument(table: RouteTable, options: DocumentOptions): OpenApiDocument {
  const { info, security = openToAll } = options;
  const components = createSchemaComponents();
  const paths = new Map<string, Partial<Record<OpenApiMethod, Operation>>>();
  const pathsByShape = new Map<string, readonly string[]>();
  // The edge itself has a page of documentation where it answers by REST.
  const own = table.local.filter(({ rest }) => rest.length > 0);
  const served = new Set([...table.served, ...own.flatMap(({ rest }) => rest)]);
  const restErrors: RestErrorForm = table.errorFormat === 'google' ? 'GoogleError' : 'Problem';

  const tags = [...table.services, ...own].map((routes) => {
    const context = { scope: components.scopeOf(routes.service.registry), security, restErrors };
    const omitted = [...addRestRoutes(routes, context), ...addProcedures(routes, context)];
    const { desc } = routes.service;
    return {
      name: desc.typeName,
      ...described([commentOf(desc) || `Methods of \`${desc.typeName}\`.`, omissionNote(omitted)]),
    };
  });

  const errors = errorComponents([...paths.values()], restErrors);
  return {
    openapi: '3.1.1',
    info,
    servers: [{ url: '/', description: 'This edge' }],
    security: [],
    tags,
    paths: Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { ...errors.schemas, ...components.schemas },
      responses: errors.responses,
      headers: errors.headers,
      ...(Object.keys(security.schemes).length > 0 && { securitySchemes: security.schemes }),
    },
  };

  /** @returns what could not be described */
  function addRestRoutes(
    { methods, rest }: Pick<ServiceRoutes, 'methods' | 'rest'>,
    context: OperationContext,
  ): string[] {
    return methods.flatMap((record) =>
      rest
        .filter((route) => route.record === record)
        .flatMap((route, index) => (served.has(route) ? addRestRoute(route, index, context) : [])),
    );
  }

  function addRestRoute(route: RestRoute, index: number, context: OperationContext): string[] {
    const { binding, record } = route;
    const name = `\`${binding.httpMethod} ${binding.template.text}\` (${methodName(binding.method)})`;
    // Streams of the client have no REST form.
    if (record.desc.methodKind === 'client_streaming' || record.desc.methodKind === 'bidi_streaming')
      return [];
    const method = methodOf(binding.httpMethod, binding.body.kind !== 'none');
    if (method === undefined) return [name];
    const { shape } = openApiPath(binding);
    const path = openApiPath(binding, pathsByShape.get(shape));
    pathsByShape.set(
      shape,
      path.parameters.map((parameter) => parameter.name),
    );
    const item = paths.get(path.text) ?? {};
    if (item[method] !== undefined) return [name];
    paths.set(path.text, {
      ...item,
      [method]: restOperation(record, { binding, path, index }, context),
    });
    return [];
  }

  function addProcedures(
    { methods, rest }: Pick<ServiceRoutes, 'methods' | 'rest'>,
    context: OperationContext,
  ): string[] {
    const withRoute = new Set(rest.filter((route) => served.has(route)).map((route) => route.record));
    for (const record of methods) {
      if (withRoute.has(record) || record.desc.methodKind !== 'unary') continue;
      paths.set(record.procedure, { post: procedureOperation(record, context) });
    }
    return methods
      .filter((record) => !withRoute.has(record) && record.desc.methodKind !== 'unary')
      .map((record) => `\`${record.procedure}\` (${record.desc.methodKind.replace('_', ' ')})`);
  }
}

/** A rule for any HTTP method is shown as the one that fits its body. */
function methodOf(httpMethod: string, hasBody: boolean): OpenApiMethod | undefined {
  if (httpMethod === '*') return hasBody ? 'post' : 'get';
  return openApiMethods.find((method) => method.toUpperCase() === httpMethod);
}

function omissionNote(omitted: readonly string[]): string {
  return omitted.length === 0 ? '' : `Served, but beyond what OpenAPI can describe: ${omitted.join(', ')}.`;
}
