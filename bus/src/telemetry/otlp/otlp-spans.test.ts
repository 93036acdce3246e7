import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixedSampling } from '../../tracing/fixed-sampling.ts';
import type { RecordedSpan } from '../spans/recorded-span.ts';
import { createSpanRecorder } from '../spans/span-recorder.ts';
import { openOtlpSpans } from './otlp-spans.ts';
import { processResource } from './process-resource.ts';

/** A collector that keeps what it gets. */
async function startCollector() {
  const bodies: { path: string | undefined; type: string | undefined; bytes: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push({
      path: request.url,
      type: request.headers['content-type'],
      bytes: Buffer.concat(chunks),
    });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bodies, close: () => server.close() };
}

describe('openOtlpSpans()', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('posts spans to the collector that the environment names', async () => {
    const collector = await startCollector();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    const ended: RecordedSpan[] = [];
    const sampling = fixedSampling({ ratio: 1, parentBased: true });
    const recorder = createSpanRecorder(sampling, (span) => void ended.push(span));
    recorder.getTracer('test').startSpan('orders.v1.OrderService/GetOrder', { kind: SpanKind.SERVER }).end();
    const spans = openOtlpSpans(processResource({ service: 'orders', version: '1.2.3', instance: '4f1c' }));
    await spans.take(ended, 0);
    await spans.stop();
    collector.close();
    const [body, ...others] = collector.bodies;
    expect(others).toEqual([]);
    expect(body).toMatchObject({ path: '/v1/traces', type: 'application/x-protobuf' });
    const traceId = Buffer.from(ended[0]?.spanContext().traceId ?? '', 'hex');
    expect(body?.bytes.includes(traceId)).toBe(true);
    for (const text of ['orders.v1.OrderService/GetOrder', 'service.instance.id', '4f1c']) {
      expect(body?.bytes.includes(text)).toBe(true);
    }
  });

  it('says so when nobody takes them', async () => {
    const collector = await startCollector();
    collector.close();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
    const spans = openOtlpSpans(processResource({ service: 'orders', version: '1.2.3', instance: '4f1c' }));
    const ended: RecordedSpan[] = [];
    const recorder = createSpanRecorder(
      fixedSampling({ ratio: 1, parentBased: true }),
      (span) => void ended.push(span),
    );
    recorder.getTracer('test').startSpan('a').end();
    await expect(spans.take(ended, 0)).rejects.toThrow();
    await spans.stop();
  });
});
