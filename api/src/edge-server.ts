import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { type Bus, connect } from '@busline/bus';
import { createAdaptorServer } from '@hono/node-server';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { EdgeConfig } from './config.ts';
import { createLiveRoutes } from './live-routes.ts';
import { createEdgePolicies } from './policies/edge-policies.ts';
import type { RestOptions } from './rest-route.ts';

/** An edge that listens. */
export interface EdgeServer {
  readonly host: string;
  readonly port: number;
  readonly bus: Bus;
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
 * @throws ConnectError when the bus cannot be reached; Error of Node.js when the port cannot be had (EADDRINUSE)
 */
export async function startEdge(options: EdgeServerOptions): Promise<EdgeServer> {
  const { config, log, servers, rest } = options;
  let closing = false;
  const policies = createEdgePolicies({ config: config.policies, limits: config.limits, log });
  const routes = createLiveRoutes({ log, rest, policyOf: policies.policyOf });
  const bus = await connect({ name: 'edge', logger: log, ...(servers !== undefined && { servers }) });
  bus.onStateChange((state) => log.info({ state }, 'the bus changed state'));
  try {
    await bus.watchCatalog((catalog) => routes.update(catalog));
    const app = createApp({ bus, routes, log, policies, isClosing: () => closing });
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    // A request that is still arriving when its longest deadline is over cannot be answered any more.
    const deadlines = config.policies.rules.map(({ policy }) => policy.maxTimeoutMs ?? 0);
    server.requestTimeout = Math.max(config.limits.deadline.maxMs, ...deadlines);
    const { address, port } = await listen(server, config);
    return {
      host: address,
      port,
      bus,
      async close() {
        closing = true;
        await closeServer(server, config.shutdownGraceMs, log);
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

function listen(server: Server, { host, port }: EdgeConfig): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

async function closeServer(server: Server, graceMs: number, log: Logger): Promise<void> {
  const cut = setTimeout(() => {
    log.warn({ graceMs }, 'requests were still under way after the grace; cutting them off');
    server.closeAllConnections();
  }, graceMs);
  // Not http's own close(), which also cuts connections that are idle at this very moment: a client may be sending its
  // next request on one. Each answer from now on says `connection: close`; who stays silent for the linger is cut off.
  const linger = setTimeout(() => {
    server.closeIdleConnections();
    linger.refresh();
  }, lingerMs);
  await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  clearTimeout(linger);
  clearTimeout(cut);
}

/** How long a connection may be silent when the process leaves, in milliseconds: longer than a request travels. */
const lingerMs = 250;
