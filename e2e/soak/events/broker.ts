import { setTimeout as delay } from 'node:timers/promises';
import { startNats, startNatsCluster, type TestNats } from '@busline/bus/testing';

/** The broker of a proof: one node, or three. */
export interface SoakBroker {
  /** Addresses, separated by commas. */
  readonly url: string;
  /** Copies of each stream. */
  readonly replicas: number;
  /** Kills what matters most, and has it back. */
  disturb(): Promise<void>;
  stop(): Promise<void>;
}

/** One node, killed and started again on its data. */
export async function startSingle(): Promise<SoakBroker> {
  const nats = await startNats();
  return {
    url: nats.url,
    replicas: 1,
    async disturb() {
      nats.kill();
      await nats.restart();
    },
    stop: () => nats.stop(),
  };
}

/** How long a node of a cluster stays away, in milliseconds: longer than it takes the others to elect a leader. */
const awayMs = 12_000;

/** Three nodes, of which the leader of a stream is killed, stays away for a while, and comes back. */
export async function startCluster(stream: string): Promise<SoakBroker> {
  const cluster = await startNatsCluster();
  const { nodes, urls } = cluster;
  return {
    url: urls.join(','),
    replicas: 3,
    async disturb() {
      const leader = await leaderOf(nodes, stream);
      leader.kill();
      await delay(awayMs);
      await leader.restart();
      await cluster.ready();
    },
    stop: () => cluster.stop(),
  };
}

/** Nodes are called `node-1` and so on. */
async function leaderOf(nodes: readonly TestNats[], stream: string): Promise<TestNats> {
  for (const node of nodes) {
    const page = await fetch(`${node.monitorUrl}/jsz?streams=1&accounts=1`);
    const text = await page.text();
    const found = new RegExp(`"name": "${stream}"[\\s\\S]*?"leader": "node-(\\d+)"`).exec(text);
    const leader = nodes[Number(found?.[1]) - 1];
    if (leader !== undefined) return leader;
  }
  throw new Error(`no node knows the leader of ${stream}`);
}
