import { type Bus, type Catalog, connect } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import type { Hono } from 'hono';
import { pino } from 'pino';
import { createApp } from '../src/app.ts';
import { defaultLimits, type EdgeLimits } from '../src/limits.ts';
import { createLiveRoutes, type LiveRoutes } from '../src/live-routes.ts';
import type { LocalService } from '../src/local/local-service.ts';
import type { EdgeEnv } from '../src/middleware/edge-env.ts';
import { openPolicies, type PolicyConfig } from '../src/policies/configuration/policy-config.ts';
import { createEdgePolicies } from '../src/policies/edge-policies.ts';
import type { RestOptions } from '../src/rest-route.ts';
import { type KitchenSink, loadKitchenSink } from './kitchen-sink.ts';
import { type SinkObserver, sinkService } from './sink-service.ts';

/** An edge without a port over a real bus, with the kitchen sink's worker behind it. */
export interface EdgeFixture extends AsyncDisposable {
  readonly nats: TestNats;
  readonly sink: KitchenSink;
  readonly worker: Bus;
  readonly app: Hono<EdgeEnv>;
  readonly routes: LiveRoutes;
  /** Every line of the edge's log so far, parsed. */
  readonly logLines: Record<string, unknown>[];
  request(requestLine: string, init?: RequestInit): Promise<Response>;
  /** Calls a method of the kitchen sink's service by the Connect protocol. Default headers: a JSON content type. */
  post(
    method: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** Resolves when the edge has a route table that satisfies `condition`. */
  routesWhere(condition: (routes: LiveRoutes) => boolean): Promise<void>;
}

export interface EdgeFixtureOptions {
  readonly limits?: Partial<EdgeLimits>;
  readonly rest?: RestOptions;
  /** Default: anybody may call anything. */
  readonly policies?: PolicyConfig;
  readonly observer?: SinkObserver;
  readonly local?: readonly LocalService[];
}

export async function startEdgeFixture(options: EdgeFixtureOptions = {}): Promise<EdgeFixture> {
  const nats = await startNats();
  const sink = loadKitchenSink();
  const quiet = pino({ level: 'silent' });
  const worker = await connect({ servers: nats.url, logger: quiet });
  await worker.serve({ name: 'sink', version: '1.0.0', services: [sinkService(sink, options.observer)] });

  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(JSON.parse(line)) });
  const bus = await connect({ servers: nats.url, logger: quiet });
  const policies = createEdgePolicies({
    config: options.policies ?? { ...openPolicies, access: 'open-to-network' },
    limits: { ...defaultLimits, ...options.limits },
    log,
    fileIntervalMs: 20,
  });
  const routes = createLiveRoutes({
    log,
    rest: options.rest,
    policyOf: policies.policyOf,
    local: options.local,
  });
  const waiting = new Set<() => void>();
  await bus.watchCatalog((catalog: Catalog) => {
    routes.update(catalog);
    for (const check of waiting) check();
  });
  const app = createApp({ bus, routes, log, policies });

  return {
    nats,
    sink,
    worker,
    app,
    routes,
    logLines,
    async request(requestLine, init = {}) {
      const [method = 'GET', target = '/'] = requestLine.split(' ');
      return app.request(`http://edge.test${target}`, { method, ...init });
    },
    async post(method, body, headers = { 'content-type': 'application/json' }) {
      const url = `http://edge.test/${sink.service.typeName}/${method}`;
      return app.request(url, { method: 'POST', body, headers });
    },
    routesWhere: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition(routes)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      policies.close();
      await Promise.all([bus.drain(), worker.drain()]);
      await nats.stop();
    },
  };
}
