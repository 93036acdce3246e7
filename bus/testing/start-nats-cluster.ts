import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@busline/infra/nats';
import { startTestServer, type TestNats, type TestNatsOptions } from './start-nats.ts';

export interface TestClusterOptions extends Omit<TestNatsOptions, 'port'> {
  /** Default 3, the smallest cluster that keeps working when one node is gone. */
  readonly nodes?: number;
}

export interface TestNatsCluster extends AsyncDisposable {
  /** Each can be killed, paused and restarted by itself. */
  readonly nodes: readonly TestNats[];
  /** The addresses of all nodes, for a client's list of servers. */
  readonly urls: readonly string[];
  /** Resolves when every node that runs is connected to all others and, with JetStream, knows a leader. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** A first election takes up to 9 s (the server's timers), on a busy machine somewhat more. */
const READY_TIMEOUT_MS = 30_000;

/** Starts a cluster on 127.0.0.1 and resolves once it is ready. It ends with this process at the latest. */
export async function startNatsCluster(options: TestClusterOptions = {}): Promise<TestNatsCluster> {
  const { nodes: size = 3, ...server } = options;
  if (!Number.isInteger(size) || size < 2) throw new RangeError(`nodes must be at least 2, not ${size}`);
  const ports: number[] = [];
  while (ports.length < size) {
    const port = await findFreePort();
    if (!ports.includes(port)) ports.push(port);
  }
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  const started = await Promise.allSettled(
    ports.map(async (port, index) =>
      startTestServer(server, { serverName: `node-${index + 1}`, cluster: { name: 'test', port, routes } }),
    ),
  );
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const ready = async () => {
    await Promise.all(nodes.map((node) => waitForNode(node, size - 1)));
  };
  try {
    const failure = started.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map((node) => node.url), ready, stop, [Symbol.asyncDispose]: stop };
}

async function waitForNode(node: TestNats, peers: number): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let missing = '';
  while (performance.now() < deadline) {
    missing = (await missingRoutes(node, peers)) ?? (await unhealthy(node)) ?? '';
    if (missing === '') return;
    await delay(25);
  }
  throw new Error(`the node at ${node.url} is not ready after ${READY_TIMEOUT_MS / 1000} s: ${missing}`);
}

/** Several connections lead to each peer, so peers are counted by name. */
async function missingRoutes(node: TestNats, peers: number): Promise<string | undefined> {
  const routes = await readMonitor(node, '/routez');
  const names = new Set([...routes.matchAll(/"remote_name": "([^"]+)"/g)].map((match) => match[1]));
  return names.size >= peers ? undefined : `connected to ${names.size} of ${peers} nodes`;
}

/** `/healthz` is not ok until JetStream has contact with its leader. */
async function unhealthy(node: TestNats): Promise<string | undefined> {
  const health = await readMonitor(node, '/healthz');
  return health.includes('"status":"ok"') ? undefined : health.trim();
}

async function readMonitor(node: TestNats, path: string): Promise<string> {
  const response = await fetch(`${node.monitorUrl}${path}`, { signal: AbortSignal.timeout(2_000) });
  return await response.text();
}
