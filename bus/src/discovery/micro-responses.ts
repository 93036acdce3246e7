import { codeTable } from '../errors/code-table.ts';
import type { DurationCounts } from '../metrics/duration-histogram.ts';
import type { MethodStats } from '../rpc/server/method-stats.ts';

/** What a service tells of itself to discovery (NATS ADR-32). Pure: from facts to the JSON that goes out. */
export interface MicroService {
  /** Full name in the contract, such as `orders.v1.OrderService`. */
  readonly service: string;
  /** Id of the instance. */
  readonly id: string;
  /** Semantic version of the worker. */
  readonly version: string;
  /** Name of the worker that serves it. */
  readonly worker: string;
  /** Digest of the schema it was built from. */
  readonly digest: string;
  readonly startedAt: Date;
  readonly endpoints: readonly MicroEndpoint[];
  /** Handlers running and calls waiting, now. */
  readonly load: { readonly running: number; readonly waiting: number };
}

export interface MicroEndpoint {
  readonly method: string;
  readonly subject: string;
  readonly queueGroup: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly kind: string;
  readonly idempotency: string;
  readonly stats: MethodStats;
}

/** Micro names allow no dots: `orders.v1.OrderService` is listed as `orders-v1-OrderService`. */
export function microName(service: string): string {
  return service.replaceAll('.', '-');
}

const type = (kind: 'ping' | 'info' | 'stats') => `io.nats.micro.v1.${kind}_response`;

function identity(service: MicroService) {
  return {
    name: microName(service.service),
    id: service.id,
    version: service.version,
    metadata: {
      'busline.service': service.service,
      'busline.worker': service.worker,
      'busline.schema': service.digest,
    },
  };
}

export function pingResponse(service: MicroService): object {
  return { type: type('ping'), ...identity(service) };
}

export function infoResponse(service: MicroService): object {
  return {
    type: type('info'),
    ...identity(service),
    description: `${service.service} on Busline`,
    endpoints: service.endpoints.map((endpoint) => ({
      name: endpoint.method,
      subject: endpoint.subject,
      queue_group: endpoint.queueGroup,
      metadata: {
        'busline.kind': endpoint.kind,
        'busline.input': endpoint.inputType,
        'busline.output': endpoint.outputType,
        'busline.idempotency': endpoint.idempotency,
      },
    })),
  };
}

export function statsResponse(service: MicroService): object {
  return {
    type: type('stats'),
    ...identity(service),
    started: service.startedAt.toISOString(),
    endpoints: service.endpoints.map(({ method, subject, queueGroup, stats }) => ({
      name: method,
      subject,
      queue_group: queueGroup,
      num_requests: stats.requests,
      num_errors: stats.errors,
      last_error: stats.lastError,
      processing_time: nanoseconds(stats.handling.sumMs),
      average_processing_time: stats.requests === 0 ? 0 : nanoseconds(stats.handling.sumMs / stats.requests),
      data: {
        refused: stats.refused,
        running: service.load.running,
        waiting: service.load.waiting,
        stalls: stats.stalls,
        errors: Object.fromEntries(
          [...stats.errorsByCode].map(([code, count]) => [codeTable[code].name, count]),
        ),
        histogram: byBucket(stats.handling.counts),
        queue_time: nanoseconds(stats.queueing.sumMs),
        queue_histogram: byBucket(stats.queueing.counts),
      },
    })),
  };
}

/** Bucket i counts durations up to 2^(i/4) microseconds. */
function byBucket(counts: DurationCounts): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => a - b));
}

function nanoseconds(durationMs: number): number {
  return Math.round(durationMs * 1e6);
}
