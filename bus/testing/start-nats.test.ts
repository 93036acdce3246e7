import { existsSync } from 'node:fs';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startNats, type TestNats, type TestNatsOptions } from './start-nats.ts';

async function start(options?: TestNatsOptions): Promise<TestNats> {
  const nats = await startNats(options);
  onTestFinished(async () => await nats.stop());
  return nats;
}

async function client(nats: TestNats, options: NodeConnectionOptions = {}): Promise<NatsConnection> {
  const connection = await connect({ servers: nats.url, reconnect: false, ...options });
  onTestFinished(async () => await connection.close());
  return connection;
}

async function statusOf(nats: TestNats): Promise<{ store: string; maxPayload: number }> {
  const variables = (await (await fetch(`${nats.monitorUrl}/varz`)).json()) as {
    max_payload: number;
    jetstream: { config?: { store_dir: string } };
  };
  return { store: variables.jetstream.config?.store_dir ?? '', maxPayload: variables.max_payload };
}

describe('startNats()', () => {
  it('starts a server of its own that answers, and removes it entirely', async () => {
    const nats = await start();
    const other = await start();
    expect(other.port).not.toBe(nats.port);
    const { store } = await statusOf(nats);
    expect(existsSync(store)).toBe(true);
    await nats.stop();
    expect(existsSync(store)).toBe(false);
    await expect(client(nats)).rejects.toThrow();
    await nats.stop();
    expect((await client(other)).info?.port).toBe(other.port);
  });

  it('is disposed of at the end of a block', async () => {
    let pid = 0;
    {
      await using nats = await startNats();
      pid = nats.pid;
      process.kill(pid, 0);
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('has JetStream, or not', async () => {
    expect((await client(await start())).info?.jetstream).toBe(true);
    expect((await client(await start({ jetStream: false }))).info?.jetstream ?? false).toBe(false);
  });

  it('limits the payload', async () => {
    expect((await client(await start({ maxPayloadBytes: 2_048 }))).info?.max_payload).toBe(2_048);
  });

  it('keeps port and data across restart and kill', async () => {
    const nats = await start();
    const { url, pid } = nats;
    const before = await client(nats);
    await (await jetstreamManager(before)).streams.add({ name: 'KEPT', subjects: ['kept'] });
    await jetstream(before).publish('kept', 'one');
    await nats.restart();
    expect(nats.url).toBe(url);
    expect(nats.pid).not.toBe(pid);
    await jetstream(await client(nats)).publish('kept', 'two');
    nats.kill();
    await nats.restart();
    const { state } = await (await jetstreamManager(await client(nats))).streams.info('KEPT');
    expect(state.messages).toBe(2);
  });

  it('freezes and thaws', async () => {
    const nats = await start();
    const connection = await client(nats);
    await nats.pause();
    let answered = false;
    const answer = connection.flush().then(() => {
      answered = true;
    });
    await expect(client(nats, { timeout: 200 })).rejects.toThrow();
    expect(answered).toBe(false);
    nats.resume();
    await answer;
    expect(answered).toBe(true);
  });

  it('stops while frozen', async () => {
    const nats = await start();
    const { pid } = nats;
    await nats.pause();
    await nats.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('asks for a password and holds to permissions', async () => {
    const users = [{ user: 'edge', password: 'secret', permissions: { publish: { allow: ['rpc.>'] } } }];
    const nats = await start({ users });
    await expect(client(nats)).rejects.toThrow(/authorization/i);
    const refused = Promise.withResolvers<string>();
    const edge = await client(nats, { user: 'edge', pass: 'secret' });
    void (async () => {
      for await (const status of edge.status()) {
        if (status.type === 'error') refused.resolve(String(status.error));
      }
    })();
    edge.publish('other.subject');
    expect(await refused.promise).toMatch(/permissions violation for publish to "other.subject"/i);
  });

  it('changes options while running', async () => {
    const nats = await start();
    const { pid } = nats;
    await nats.reload({ maxPayloadBytes: 3_000, users: [{ user: 'a', password: 'b' }] });
    expect((await statusOf(nats)).maxPayload).toBe(3_000);
    await expect(client(nats)).rejects.toThrow(/authorization/i);
    expect((await client(nats, { user: 'a', pass: 'b' })).info?.max_payload).toBe(3_000);
    expect(nats.pid).toBe(pid);
  });

  it('speaks TLS with certificates of its own', async () => {
    const nats = await start({ tls: true });
    const ca = nats.certificates?.ca ?? '';
    expect(nats.url).toMatch(/^tls:/);
    expect((await client(nats, { tls: { ca } })).info?.tls_required).toBe(true);
    await expect(client(nats, { tls: {} })).rejects.toThrow(/certificate/i);
  });

  it('demands a client certificate when TLS is mutual', async () => {
    const nats = await start({ tls: 'mutual', handshakeFirst: true });
    const { ca = '', client: pair } = nats.certificates ?? {};
    const tls = { ca, handshakeFirst: true };
    expect((await client(nats, { tls: { ...tls, ...pair } })).info?.tls_verify).toBe(true);
    await expect(client(nats, { tls })).rejects.toThrow();
  });

  it('takes the port it is given, and says why when it cannot', async () => {
    const nats = await start();
    await expect(start({ port: nats.port })).rejects.toThrow('address already in use');
  });
});
