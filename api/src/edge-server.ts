import { type Bus, connect } from '@busline/bus';
import type { MetricFamily } from '@busline/bus/telemetry';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { EdgeConfig } from './config.ts';
import { edgeServices } from './edge-services.ts';
import { createEventDirectory } from './events/event-directory.ts';
import { createLiveRoutes } from './live-routes.ts';
import { createEdgePolicies } from './policies/edge-policies.ts';
import { openPort } from './port/open-port.ts';
import type { RestOptions } from './rest-route.ts';
import { createRequestMetrics } from './telemetry/request-metrics.ts';
import { ringMetrics } from './traces/ring-metrics.ts';
import { createTraceRing } from './traces/trace-ring.ts';

/** An edge that listens. */
export interface EdgeServer {
  readonly host: string;
  readonly port: number;
  readonly bus: Bus;
  /** What it counts itself, beside what its bus does. */
  metrics(): MetricFamily[];
  /**
   * Leaves without losing a request: takes no new connections, finishes the requests under way, closes their
   * connections, then leaves the bus. Requests still under way after the grace are cut off.
   */
  close(): Promise<void>;
}

export interface EdgeServerOptions {
  readonly config: EdgeConfig;
  readonly log: Logger;
  /** Broker addresses; by default those of `NATS_URL`. */
  readonly servers?: string | undefined;
  readonly rest?: RestOptions | undefined;
}

/**
 * Joins the bus, reads the catalog, and listens.
 *
 * @throws ConnectError when the bus cannot be reached; Error of Node.js when the port cannot be had (EADDRINUSE);
 * Error naming the TLS file that cannot be used
 */
export async function startEdge(options: EdgeServerOptions): Promise<EdgeServer> {
  const { config, log, servers, rest } = options;
  const closing = new AbortController();
  const policies = createEdgePolicies({ config: config.policies, limits: config.limits, log });
  const bus = await connect({ name: 'edge', logger: log, ...(servers !== undefined && { servers }) }).catch(
    (error) => {
      policies.close();
      throw error;
    },
  );
  const events = createEventDirectory(log);
  const requestMetrics = createRequestMetrics();
  const traces = config.traces ? createTraceRing() : undefined;
  if (traces !== undefined) bus.telemetry.watchSpans((batch) => traces.add(batch));
  const local = edgeServices({
    bus,
    traces,
    routes: () => routes,
    closing: closing.signal,
    events,
    policies,
    reflection: config.reflection,
  });
  const routes = createLiveRoutes({
    log,
    rest: { errorFormat: config.errorFormat, ...rest },
    policyOf: policies.policyOf,
    local,
  });
  bus.onStateChange((state) => log.info({ state }, 'the bus changed state'));
  try {
    await bus.watchEventTypes((types) => events.update(types));
    await bus.watchCatalog((catalog) => routes.update(catalog));
    const app = createApp({
      bus,
      routes,
      log,
      policies,
      metrics: requestMetrics,
      docs: config.docs,
      closing: closing.signal,
    });
    const deadlines = config.policies.rules.map(({ policy }) => policy.maxTimeoutMs ?? 0);
    const port = await openPort({
      host: config.host,
      port: config.port,
      settings: config.connections,
      // A request that is still arriving when its longest deadline is over cannot be answered any more.
      requestTimeoutMs: Math.max(config.limits.deadline.maxMs, ...deadlines),
      log,
      listener: getRequestListener(app.fetch),
    });
    return {
      host: port.host,
      port: port.port,
      bus,
      metrics: () => [...requestMetrics.collect(), ...(traces === undefined ? [] : ringMetrics(traces))],
      async close() {
        closing.abort();
        await port.close(config.shutdownGraceMs);
        policies.close();
        await bus.drain();
      },
    };
  } catch (error) {
    policies.close();
    await bus.drain();
    throw error;
  }
}
