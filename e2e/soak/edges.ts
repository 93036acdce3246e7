import { findFreePort } from '@busline/infra/nats';
import { type EdgeProcess, startEdgeProcess } from '../system/edge-process.ts';

/** Edges side by side, as processes that can be killed. */
export interface Edges {
  readonly urls: readonly string[];
  /** Kills one with SIGKILL and starts another on its port. */
  replace(index: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts edges that are open to this machine. */
export async function startEdges(count: number, natsUrl: string): Promise<Edges> {
  const ports: number[] = [];
  for (let n = 0; n < count; n++) ports.push(await findFreePort());
  const start = (port: number): Promise<EdgeProcess> =>
    startEdgeProcess({ NATS_URL: natsUrl, PORT: String(port), EDGE_ACCESS: 'open', LOG_LEVEL: 'silent' });
  const edges = await Promise.all(ports.map(start));
  return {
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    async replace(index) {
      edges[index]?.signal('SIGKILL');
      await edges[index]?.exited;
      edges[index] = await start(ports[index] as number);
    },
    async stop() {
      for (const edge of edges) edge.signal('SIGKILL');
      await Promise.all(edges.map(({ exited }) => exited));
    },
  };
}
