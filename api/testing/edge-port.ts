import { once } from 'node:events';
import { createServer as createHttp1Server, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { EdgeEnv } from '../src/middleware/edge-env.ts';

/** An edge on free ports of its own, one for each version of HTTP. */
export interface EdgePorts extends AsyncDisposable {
  readonly http1: string;
  readonly http2: string;
}

export async function openEdgePorts(app: Hono<EdgeEnv>): Promise<EdgePorts> {
  const listener = getRequestListener(app.fetch);
  const http1 = createHttp1Server(listener);
  const http2 = createHttp2Server(listener);
  const sessions = new Set<ServerHttp2Session>();
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return {
    http1: await listen(http1),
    http2: await listen(http2),
    async [Symbol.asyncDispose]() {
      http1.closeAllConnections();
      for (const session of sessions) session.destroy();
      await Promise.all(
        [http1, http2].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
      );
    },
  };
}

async function listen(server: Server | Http2Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
