import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, implement, type Worker } from '@busline/bus';
import { startNats, type TestNats } from '@busline/bus/testing';
import { GreetService } from '@busline/schemas/greet/v1/greet';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@busline/schemas/grpc/health/v1/health';
import { ServerReflection } from '@busline/schemas/grpc/reflection/v1/reflection';
import { Code, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { type EdgeServer, startEdge } from './edge-server.ts';

const log = pino({ level: 'silent' });
const greeter = implement(GreetService, { sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }) });
const serveGreeter = (bus: Awaited<ReturnType<typeof connect>>): Promise<Worker> =>
  bus.serve({ name: 'greeter', version: '1.0.0', services: [greeter] });

let nats: TestNats;
let worker: Awaited<ReturnType<typeof connect>>;
let edge: EdgeServer;
let url: string;

beforeAll(async () => {
  nats = await startNats();
  worker = await connect({ servers: nats.url, logger: log });
  await serveGreeter(worker);
  edge = await startEdge({
    config: readConfig({ PORT: '0', EDGE_ACCESS: 'open', SHUTDOWN_GRACE_MS: '2000' }),
    log,
    servers: nats.url,
  });
  url = `http://127.0.0.1:${edge.port}`;
});

afterAll(async () => {
  await edge.close();
  await worker.drain();
  await nats.stop();
});

describe('reflection', () => {
  // The real client: connect-go, by gRPC over HTTP/2 without TLS, which asks v1 and falls back to v1alpha.
  const buf = async (...args: string[]) => {
    const command = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const options = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge'];
    return (await promisify(execFile)(process.execPath, [command, ...options, ...args], { cwd })).stdout;
  };

  it.each(['grpc-v1', 'grpc-v1alpha'])('lists the services to buf curl by %s', async (protocol) => {
    const listed = await buf('--reflect', '--reflect-protocol', protocol, '--list-methods', url);
    expect(listed.trim().split('\n').toSorted()).toEqual([
      'busline.events.v1.EventService/ListEventTypes',
      'busline.events.v1.EventService/Publish',
      'busline.events.v1.EventService/PublishBatch',
      'busline.events.v1.EventService/Subscribe',
      'busline.traces.v1.TraceService/GetTrace',
      'busline.traces.v1.TraceService/ListTraces',
      'google.longrunning.Operations/CancelOperation',
      'google.longrunning.Operations/DeleteOperation',
      'google.longrunning.Operations/GetOperation',
      'google.longrunning.Operations/ListOperations',
      'google.longrunning.Operations/WaitOperation',
      'greet.v1.GreetService/Chat',
      'greet.v1.GreetService/SayHello',
      'grpc.health.v1.Health/Check',
      'grpc.health.v1.Health/List',
      'grpc.health.v1.Health/Watch',
      'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
    ]);
  });

  it('is all that buf curl needs for a call', async () => {
    const said = await buf('--reflect', '-d', '{"name":"Ada"}', `${url}/greet.v1.GreetService/SayHello`);
    expect(JSON.parse(said)).toEqual({ greeting: 'Hello, Ada!' });
  });

  it('goes on after a question without an answer', async () => {
    const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
    const answers: (string | undefined)[] = [];
    const questions = [
      { messageRequest: { case: 'fileByFilename', value: 'nope.proto' } },
      { messageRequest: { case: 'listServices', value: '' } },
    ] as const;
    for await (const { messageResponse } of client.serverReflectionInfo(from(questions))) {
      answers.push(messageResponse.case);
    }
    expect(answers).toEqual(['errorResponse', 'listServicesResponse']);
  });

  it('can be switched off', async () => {
    const config = readConfig({ PORT: '0', EDGE_ACCESS: 'open', REFLECTION: 'off' });
    const silent = await startEdge({ config, log, servers: nats.url });
    try {
      const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${silent.port}` });
      const answers = createClient(ServerReflection, transport).serverReflectionInfo(from([]));
      await expect(answers[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: Code.Unimplemented,
      });
      expect(await createClient(Health, transport).check({})).toMatchObject({ status: Status.SERVING });
    } finally {
      await silent.close();
    }
  });
});

describe('health', () => {
  const client = () => createClient(Health, createGrpcTransport({ baseUrl: url }));

  it('is told for the edge, each service, and the services of the edge itself', async () => {
    for (const service of ['', 'greet.v1.GreetService', 'grpc.health.v1.Health']) {
      expect((await client().check({ service })).status, service).toBe(Status.SERVING);
    }
    const { statuses } = await client().list({});
    expect(Object.keys(statuses).toSorted()).toEqual([
      '',
      'busline.events.v1.EventService',
      'busline.traces.v1.TraceService',
      'google.longrunning.Operations',
      'greet.v1.GreetService',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
  });

  it('is NOT_FOUND for a service that nobody announced', async () => {
    await expect(client().check({ service: 'nope.v1.Nope' })).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('follows a service that leaves and comes back', async () => {
    const other = await connect({ servers: nats.url, logger: log });
    const serveEcho = () => serveGreeter(other);
    const giveUp = new AbortController();
    const seen: Status[] = [];
    const waiting = new Set<() => void>();
    const statusIs = (status: Status) =>
      new Promise<void>((resolve) => {
        const check = () => seen.at(-1) === status && resolve();
        waiting.add(check);
        check();
      });
    const watching = (async () => {
      const changes = client().watch({ service: 'greet.v1.GreetService' }, { signal: giveUp.signal });
      for await (const { status } of changes) {
        seen.push(status);
        for (const check of waiting) check();
      }
    })().catch((error) => error);

    await statusIs(Status.SERVING);
    await worker.drain();
    await statusIs(Status.NOT_SERVING);
    await serveEcho();
    await statusIs(Status.SERVING);
    giveUp.abort();
    expect(await watching).toMatchObject({ code: Code.Canceled });
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING]);
    await other.drain();
  });

  it('of an unknown service stays open, telling that it is unknown', async () => {
    const giveUp = new AbortController();
    const changes = client()
      .watch({ service: 'nope.v1.Nope' }, { signal: giveUp.signal })
      [Symbol.asyncIterator]();
    expect((await changes.next()).value?.status).toBe(Status.SERVICE_UNKNOWN);
    const next = changes.next();
    giveUp.abort();
    await expect(next).rejects.toMatchObject({ code: Code.Canceled });
  });
});

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
