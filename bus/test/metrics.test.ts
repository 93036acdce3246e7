import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Bus,
  histogramBucket,
  mergeDurations,
  mergeStats,
  on,
  percentileMs,
  readServiceStats,
  type ServiceStats,
} from '@busline/bus';
import { createDurationHistogram, startTelemetry } from '@busline/bus/telemetry';
import { NotedSchema } from '@busline/schemas/busline/bench/v1/events';
import { Code, ConnectError } from '@connectrpc/connect';
import { connect as dial } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyStreams, consume } from './event-streams.ts';
import { failureOf, greetClient, type System, serveGreeter, silent, startSystem, until } from './system.ts';

describe('metrics', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await system.reset();
  });
  afterAll(() => system.close());

  const metricsOf = (bus: Bus) => {
    const families = new Map(bus.telemetry.metrics().map((family) => [family.name, family]));
    return (name: string) => families.get(name)?.points ?? [];
  };

  it('count what is called, served, refused and retried', async () => {
    const [client, server] = [await system.connect(), await system.connect()];
    await serveGreeter(server, ({ name }) => {
      if (name === 'bad') throw new ConnectError('no', Code.NotFound);
      return {};
    });
    await Promise.all(['a', 'b', 'c'].map((name) => greetClient(client).sayHello({ name })));
    await failureOf(greetClient(client).sayHello({ name: 'bad' }));
    await failureOf(greetClient(client).sayHello({ name: '' }));
    const method = { 'rpc.method': 'greet.v1.GreetService/SayHello' };
    const served = metricsOf(server);
    expect(served('busline.server.calls')).toEqual([
      { labels: { ...method, 'rpc.status_code': 'OK' }, value: 3 },
      { labels: { ...method, 'rpc.status_code': 'NOT_FOUND' }, value: 1 },
    ]);
    expect(served('busline.server.refused')).toEqual([{ labels: method, value: 1 }]);
    expect(served('rpc.server.call.duration')).toMatchObject([{ labels: method, durations: { count: 4 } }]);
    expect(served('busline.server.queue.duration')).toMatchObject([{ durations: { count: 4 } }]);
    const called = metricsOf(client);
    expect(called('busline.client.calls')).toEqual([
      { labels: { ...method, 'rpc.status_code': 'OK' }, value: 3 },
      { labels: { ...method, 'rpc.status_code': 'NOT_FOUND' }, value: 1 },
      { labels: { ...method, 'rpc.status_code': 'INVALID_ARGUMENT' }, value: 1 },
    ]);
    expect(called('busline.client.retries')).toEqual([{ labels: method, value: 0 }]);
    expect(called('busline.client.under_way')).toEqual([{ labels: {}, value: 0 }]);
    expect(called('busline.connection.up')).toEqual([{ labels: {}, value: 1 }]);
  });

  it('count events, and say how the consumers are getting on', async () => {
    const bus = await system.connect();
    await applyStreams(bus, NotedSchema);
    await consume(
      bus,
      on(NotedSchema, { consumer: 'mail', firstDelayMs: 1 }, ({ text }, { attempt }) => {
        if (text === 'again' && attempt === 1) throw new Error('no');
        if (text === 'bad') throw new ConnectError('never', Code.InvalidArgument);
      }),
    );
    await bus.publishAll(NotedSchema, [{ text: 'a' }, { text: 'again' }]);
    await bus.publish(NotedSchema, { text: 'bad' });
    const told = () => metricsOf(bus)('messaging.client.consumed.messages');
    const labels = {
      'messaging.consumer.group.name': 'mail',
      'busline.event.type': 'busline.bench.v1.Noted',
    };
    const counted = (outcome: string, value: number) => ({
      labels: { ...labels, 'busline.outcome': outcome },
      value,
    });
    const expected = [counted('handled', 2), counted('retried', 1), counted('dead_lettered', 1)];
    await until('all are settled', () => JSON.stringify(told()) === JSON.stringify(expected));
    expect(metricsOf(bus)('messaging.client.sent.messages')).toEqual([
      { labels: { 'busline.event.type': 'busline.bench.v1.Noted' }, value: 3 },
    ]);
    expect(metricsOf(bus)('busline.event.age')).toMatchObject([{ labels, durations: { count: 4 } }]);
    await until('the broker knows', async () => {
      const families = await bus.telemetry.systemMetrics();
      const value = (name: string) => families.find((family) => family.name === name)?.points[0];
      const told = ['busline.dead_letters', 'busline.consumer.dead_letters', 'busline.consumer.lag'].map(
        value,
      );
      const mail = { 'busline.stream': 'EVT_NOTES', 'messaging.consumer.group.name': 'mail' };
      return (
        JSON.stringify(told) ===
        JSON.stringify([
          { labels: {}, value: 1 },
          { labels: mail, value: 1 },
          { labels: mail, value: 0 },
        ])
      );
    });
  });

  it('are served to a scraper where they are to be', async () => {
    const bus = await system.connect();
    const ports: number[] = [];
    const telemetry = startTelemetry({
      service: 'greeter',
      version: '1.2.3',
      log: { ...silent, info: (fields) => void ports.push((fields as { port: number }).port) },
      env: { METRICS_PORT: '0', OTEL_SDK_DISABLED: 'true' },
    });
    await serveGreeter(bus, () => ({}));
    await greetClient(bus).sayHello({ name: 'a' });
    await telemetry.attach(bus, { system: true });
    const response = await fetch(`http://127.0.0.1:${ports[0]}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'busline_process_info{service_name="greeter",service_version="1.2.3"} 1',
      'busline_server_calls_total{rpc_method="greet.v1.GreetService/SayHello",rpc_status_code="OK"} 1',
      'rpc_server_call_duration_seconds_count{rpc_method="greet.v1.GreetService/SayHello"} 1',
      'busline_connection_up 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/^nodejs_eventloop_delay_p99_seconds \d/m);
    expect((await fetch(`http://127.0.0.1:${ports[0]}/other`)).status).toBe(404);
    await telemetry.stop();
  });

  it('are sent to a collector where one is named', async () => {
    const bodies: Buffer[] = [];
    const collector = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      bodies.push(Buffer.concat(chunks));
      response.end();
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
    const telemetry = startTelemetry({
      service: 'greeter',
      version: '1.2.3',
      log: silent,
      env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    });
    const bus = await system.connect();
    await serveGreeter(bus, () => ({}));
    await greetClient(bus).sayHello({ name: 'a' });
    await telemetry.attach(bus);
    await telemetry.stop();
    collector.close();
    expect(bodies).toHaveLength(1);
    for (const text of [
      'rpc.server.call.duration',
      'greet.v1.GreetService/SayHello',
      'service.instance.id',
    ]) {
      expect(bodies[0]?.includes(text)).toBe(true);
    }
  });

  it('agree with what the caller measured: percentiles of the merged histograms, and totals', async () => {
    const client = await system.connect();
    // Each call takes as long as it says, whichever of the two instances it goes to.
    const handler = async ({ name }: { name: string }) => {
      await delay(Number(name));
      return {};
    };
    for (const bus of [await system.connect(), await system.connect()]) await serveGreeter(bus, handler);
    const measured = createDurationHistogram();
    await Promise.all(
      Array.from({ length: 200 }, async (_, call) => {
        const startedAtMs = performance.now();
        await greetClient(client).sayHello({ name: String(call < 180 ? 200 : call < 194 ? 400 : 800) });
        measured.record(performance.now() - startedAtMs);
      }),
    );
    const nats = await dial({ servers: system.nats.url });
    const stats: ServiceStats[] = [];
    const answers = nats.subscribe('answers');
    nats.publish('$SRV.STATS.greet-v1-GreetService', undefined, { reply: 'answers' });
    for await (const answer of answers) {
      const read = readServiceStats(answer.json());
      if (read !== undefined) stats.push(read);
      if (stats.length === 2) break;
    }
    await nats.close();
    const [totals] = mergeStats(stats);
    expect(totals).toMatchObject({ requests: 200, errors: 0, refused: 0, instances: 2 });
    const server = totals?.handling ?? new Map();
    const seen = measured.snapshot().counts;
    const own = client.telemetry.metrics().find(({ name }) => name === 'rpc.client.call.duration');
    const recorded =
      own?.kind === 'durations'
        ? mergeDurations(own.points.map(({ durations }) => durations.counts))
        : new Map();
    for (const part of [0.5, 0.95, 0.99]) {
      const [atServer, atClient, atRecorder] = [server, seen, recorded].map((counts) =>
        histogramBucket(percentileMs(counts, part) ?? 0),
      ) as [number, number, number];
      expect(Math.abs(atServer - atClient)).toBeLessThanOrEqual(1);
      expect(Math.abs(atRecorder - atClient)).toBeLessThanOrEqual(1);
    }
  });
});
