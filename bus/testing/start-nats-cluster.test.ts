import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startNatsCluster } from './start-nats-cluster.ts';

async function client(servers: string | string[]): Promise<NatsConnection> {
  const connection = await connect({ servers });
  onTestFinished(async () => await connection.close());
  return connection;
}

describe('startNatsCluster()', () => {
  it('is one system: replicated streams, and messages between nodes', async () => {
    const cluster = await startNatsCluster();
    onTestFinished(async () => await cluster.stop());
    const [first, second] = await Promise.all(cluster.urls.map(async (url) => await client(url)));
    const received = Promise.withResolvers<string>();
    second?.subscribe('hello', { callback: (_error, message) => received.resolve(message.string()) });
    await second?.flush();
    // The other node learns of the subscription shortly after; until then it has nobody to send to.
    const publishing = setInterval(() => first?.publish('hello', 'from the first'), 10);
    onTestFinished(() => clearInterval(publishing));
    expect(await received.promise).toBe('from the first');

    const manager = await jetstreamManager(await client([...cluster.urls]));
    const info = await manager.streams.add({ name: 'R3', subjects: ['r3'], num_replicas: 3 });
    expect(info.cluster?.replicas).toHaveLength(2);
  });

  it('is ready again after a node was killed and restarted', async () => {
    const cluster = await startNatsCluster();
    onTestFinished(async () => await cluster.stop());
    const node = cluster.nodes[1];
    const pid = node?.pid;
    node?.kill();
    await node?.restart();
    await cluster.ready();
    expect(node?.pid).not.toBe(pid);
  });

  it('works without JetStream', async () => {
    const cluster = await startNatsCluster({ nodes: 2, jetStream: false });
    onTestFinished(async () => await cluster.stop());
    expect(cluster.urls).toHaveLength(2);
  });

  it('refuses to be one node', async () => {
    await expect(startNatsCluster({ nodes: 1 })).rejects.toThrow('nodes must be at least 2, not 1');
  });
});
