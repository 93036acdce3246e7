import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { createDispatcher } from './dispatch.ts';
import { type DocsOptions, defaultDocs, docsPaths } from './docs-page/docs-options.ts';
import { createDocsPages } from './docs-page/docs-pages.ts';
import { documentSecurity } from './docs-page/document-security.ts';
import type { EdgeBus } from './edge-bus.ts';
import type { EdgeResponse, Routed } from './exchange.ts';
import { liveness, readiness } from './health.ts';
import type { LiveRoutes } from './live-routes.ts';
import { accessLog } from './middleware/access-log.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authorize } from './middleware/authorize.ts';
import { beginSpan } from './middleware/begin-span.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { cors } from './middleware/cors.ts';
import { deadline } from './middleware/deadline.ts';
import type { EdgeEnv } from './middleware/edge-env.ts';
import { findMethod } from './middleware/find-method.ts';
import { observe } from './middleware/observe.ts';
import { openExchange } from './middleware/open-exchange.ts';
import { ownMachineOnly } from './middleware/own-machine-only.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { stages } from './middleware/stages.ts';
import { traceContext } from './middleware/trace-context.ts';
import type { EdgePolicies } from './policies/edge-policies.ts';
import { respond } from './respond.ts';
import { endSpan } from './telemetry/edge-span.ts';
import type { RequestMetrics } from './telemetry/request-metrics.ts';

/** What the edge is made of. */
export interface AppOptions {
  readonly bus: EdgeBus;
  readonly routes: LiveRoutes;
  readonly log: Logger;
  /** The routes are to be made with the same ones. */
  readonly policies: EdgePolicies;
  /** Counts requests. Default: nobody does. */
  readonly metrics?: RequestMetrics | undefined;
  /** Default: the pages are there, under the title "Busline". `off` tells nobody what is served. */
  readonly docs?: DocsOptions | 'off' | undefined;
  /** Aborts when the process leaves: then it is not ready, and asks clients to connect elsewhere. Default: never. */
  readonly closing?: AbortSignal | undefined;
}

/** The whole edge, as a Fetch handler: `createApp(options).request('/v1/orders')` answers without a port. */
export function createApp(options: AppOptions): Hono<EdgeEnv> {
  const {
    bus,
    routes,
    log,
    policies,
    metrics,
    docs = defaultDocs,
    closing = new AbortController().signal,
  } = options;
  const isClosing = (): boolean => closing.aborted;
  const security = documentSecurity(policies.accepts);
  const pages = createDocsPages(routes, docs === 'off' ? undefined : { security, ...docs });
  const dispatcher = createDispatcher(bus, routes, closing);
  const { tracing } = bus.telemetry;
  const observers = [endSpan(tracing), accessLog(log), ...(metrics === undefined ? [] : [metrics.observe])];

  return new Hono<EdgeEnv>()
    .use(openExchange(), stages(requestId, traceContext), observe(...observers))
    .use(ownMachineOnly(policies), cors(policies.cors))
    .get('/', async (c) => own(c, '/', await pages.landing(c.get('exchange'))))
    .on('GET', [...docsPaths], async (c) => own(c, '/docs', await pages.answer(c.get('exchange'))))
    .get('/livez', (c) => own(c, '/livez', liveness()))
    .get('/readyz', (c) => own(c, '/readyz', readiness({ bus, routes, isClosing })))
    .use(stages(beginSpan(tracing), findMethod(dispatcher), bodyLimit, deadline))
    .use(stages(authenticate(policies), rateLimit(policies), authorize(policies.challenger)))
    .all('*', async (c) => {
      // findMethod throws where there is none.
      const { serve } = c.get('exchange').routed as Routed;
      return respond(c, await serve(), isClosing());
    })
    .onError((error, c) => {
      const exchange = c.get('exchange');
      exchange.error = error;
      return respond(c, dispatcher.writeError(exchange, error), isClosing());
    });

  function own(c: Context<EdgeEnv>, route: string, response: EdgeResponse): Response | Promise<Response> {
    c.get('exchange').route = route;
    return respond(c, response, isClosing());
  }
}
