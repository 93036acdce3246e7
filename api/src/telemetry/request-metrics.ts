import { createDurationHistogram, type DurationHistogram, type MetricFamily } from '@busline/bus/telemetry';
import type { Exchange } from '../exchange.ts';
import type { ExchangeObserver } from '../middleware/observe.ts';
import { isLookingAtTraces } from './edge-span.ts';

/** Counts the requests of an edge by method, route and status. */
export interface RequestMetrics {
  readonly observe: ExchangeObserver;
  collect(): MetricFamily[];
}

/** Counts requests that led nowhere, or came by a method of their own making, under one name: such are without end. */
const otherRoute = '_OTHER';
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createRequestMetrics(): RequestMetrics {
  const byRoute = new Map<string, Map<string, DurationHistogram>>();

  const histogramOf = ({ route, request, sentStatus }: Exchange): DurationHistogram => {
    const template = route ?? otherRoute;
    let kinds = byRoute.get(template);
    if (kinds === undefined) {
      kinds = new Map();
      byRoute.set(template, kinds);
    }
    const kind = `${methods.has(request.method) ? request.method : otherRoute} ${sentStatus}`;
    let histogram = kinds.get(kind);
    if (histogram === undefined) {
      histogram = createDurationHistogram();
      kinds.set(kind, histogram);
    }
    return histogram;
  };

  return {
    observe(exchange) {
      if (isLookingAtTraces(exchange)) return;
      histogramOf(exchange).record(performance.now() - exchange.startedAtMs);
    },
    collect: () => [
      {
        kind: 'durations',
        name: 'http.server.request.duration',
        help: 'Time from a request to the end of its answer.',
        points: [...byRoute].flatMap(([route, kinds]) =>
          [...kinds].map(([kind, histogram]) => {
            const [method = '', status = ''] = kind.split(' ');
            return {
              labels: {
                'http.request.method': method,
                'http.route': route,
                'http.response.status_code': status,
              },
              durations: histogram.snapshot(),
            };
          }),
        ),
      },
    ],
  };
}
