import type { DurationCounts } from '../metrics/duration-histogram.ts';
import { bucketCount } from '../metrics/histogram-buckets.ts';

/** What one instance says about one service (the answer to `$SRV.STATS`, docs/protocol.md). */
export interface ServiceStats {
  /** Full name, such as `orders.v1.OrderService`. Of a micro service that is not Busline's: its micro name. */
  readonly service: string;
  /** Name of the worker; empty where the service is not Busline's. */
  readonly worker: string;
  readonly instance: string;
  readonly version: string;
  /** As the instance writes it, RFC 3339. Another one of the same instance: its counts began anew. */
  readonly startedAt: string;
  /** Handlers running and calls waiting, now, of the whole service. */
  readonly running: number;
  readonly waiting: number;
  readonly methods: readonly MethodCounts[];
}

/** What was counted of a method since its instance started. */
export interface MethodCounts {
  readonly method: string;
  readonly requests: number;
  readonly errors: number;
  /** Errors by the name of their code, such as `NOT_FOUND`. */
  readonly errorsByCode: ReadonlyMap<string, number>;
  readonly refused: number;
  /** How often streams had to wait for their caller to take what was sent. */
  readonly stalls: number;
  /** `<code>:<message>`; empty if there was none. */
  readonly lastError: string;
  /** Time in handlers. */
  readonly handling: DurationCounts;
  /** Time from the arrival of a call to its handler. */
  readonly queueing: DurationCounts;
}

/**
 * Reads an answer to `$SRV.STATS`. Whoever answers may be of another version, or no worker of ours: what is missing or is
 * not what it should be counts as nothing. Undefined for what is no such answer at all.
 */
export function readServiceStats(json: unknown): ServiceStats | undefined {
  const response = record(json);
  const instance = text(response.id);
  if (response.type !== 'io.nats.micro.v1.stats_response' || instance === '') return undefined;
  const metadata = record(response.metadata);
  const methods = list(response.endpoints).map(readMethod);
  const load = record(record(list(response.endpoints)[0]).data);
  return {
    service: text(metadata['busline.service']) || text(response.name),
    worker: text(metadata['busline.worker']),
    instance,
    version: text(response.version),
    startedAt: text(response.started),
    running: count(load.running),
    waiting: count(load.waiting),
    methods,
  };
}

function readMethod(json: unknown): MethodCounts {
  const endpoint = record(json);
  const data = record(endpoint.data);
  return {
    method: text(endpoint.name),
    requests: count(endpoint.num_requests),
    errors: count(endpoint.num_errors),
    errorsByCode: new Map(Object.entries(record(data.errors)).map(([code, value]) => [code, count(value)])),
    refused: count(data.refused),
    stalls: count(data.stalls),
    lastError: text(endpoint.last_error),
    handling: readCounts(data.histogram),
    queueing: readCounts(data.queue_histogram),
  };
}

function readCounts(json: unknown): DurationCounts {
  const counts = new Map<number, number>();
  for (const [bucket, value] of Object.entries(record(json))) {
    if (/^[0-9]{1,3}$/.test(bucket) && Number(bucket) < bucketCount) counts.set(Number(bucket), count(value));
  }
  return counts;
}

function record(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {};
}

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

function text(json: unknown): string {
  return typeof json === 'string' ? json : '';
}

function count(json: unknown): number {
  return typeof json === 'number' && Number.isFinite(json) && json >= 0 ? json : 0;
}
