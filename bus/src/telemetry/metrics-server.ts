import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetricFamily } from '../metrics/metric-family.ts';
import { prometheusContentType, prometheusText } from '../metrics/prometheus-text.ts';

/** Serves metrics to a scraper. */
export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  collect(): Promise<readonly MetricFamily[]>;
}

/**
 * Answers `GET /metrics` in the text format of Prometheus, and nothing else.
 *
 * @throws Error of Node.js when the port cannot be had (EADDRINUSE)
 */
export async function openMetricsServer({
  host,
  port,
  collect,
}: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('GET /metrics is all there is here\n');
      return;
    }
    collect().then(
      (families) =>
        response.writeHead(200, { 'content-type': prometheusContentType }).end(prometheusText(families)),
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('the metrics could not be read\n'),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  // A scraper keeps the process alive no longer than its work does.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
