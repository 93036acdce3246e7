import type { Interceptor } from '@connectrpc/connect';
import { positive } from '../../connection/options.ts';
import { defaultMaxMessageBytes, defaultWindowBytes, maxWindowBytes } from '../stream/limits.ts';

/** Limits and extras of one served service. */
export interface ServiceOptions {
  /**
   * Handlers of the service that may run at once in this process. Default 256: enough for handlers that mostly
   * wait, small enough that a stalled dependency does not fill the memory.
   */
  readonly maxConcurrency?: number;
  /** Calls that may wait for a handler. Default 1,024. Beyond it calls are refused at once with RESOURCE_EXHAUSTED. */
  readonly maxQueue?: number;
  /**
   * Longest time a call waits for a handler, in milliseconds. Default 2,000; older work is refused, because its
   * caller is better served by another worker. At most 10,000.
   */
  readonly maxQueueMs?: number;
  /** Pushback in a refusal, in milliseconds: how long the caller is asked to wait before it tries again. Default 50. */
  readonly pushbackMs?: number;
  /** Deadline of a request that carries none (another client's), in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /**
   * Bytes of messages a caller may have sent on one stream that the handler has not taken. Default 1 MiB: smaller
   * windows were slower for large messages, and it is what one stream can cost in memory.
   */
  readonly windowBytes?: number;
  /** Largest message taken, in bytes. Default 16 MiB. Larger ones fail with RESOURCE_EXHAUSTED before memory is spent. */
  readonly maxMessageBytes?: number;
  /** Connect interceptors around every method of the service; the last one is the innermost. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * Queue group. Default `q`, NATS micro's own: all instances of a service, whatever worker they belong to,
   * share its calls. Two groups on one service would each run every call.
   */
  readonly queueGroup?: string;
}

/** Longest wait in the queue: below the silence after which a stream counts as stalled. */
const maxQueueMsLimit = 10_000;

export interface CompleteServiceOptions {
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  readonly maxQueueMs: number;
  readonly pushbackMs: number;
  readonly timeoutMs: number;
  readonly windowBytes: number;
  readonly maxMessageBytes: number;
  readonly interceptors: readonly Interceptor[];
  readonly queueGroup: string;
}

/**
 * Fills in defaults.
 *
 * @throws TypeError naming the service and the option that cannot be used.
 */
export function completeServiceOptions(service: string, options: ServiceOptions): CompleteServiceOptions {
  const queueGroup = options.queueGroup ?? 'q';
  if (!/^[A-Za-z0-9_-]+$/.test(queueGroup)) {
    throw new TypeError(`${service}: queueGroup "${queueGroup}" must be letters, digits, - and _`);
  }
  const maxQueue = options.maxQueue ?? 1_024;
  if (!Number.isInteger(maxQueue) || maxQueue < 0) {
    throw new TypeError(`${service}: maxQueue must be a whole number of calls, 0 or more, not ${maxQueue}`);
  }
  return {
    maxConcurrency: positive(`${service}: maxConcurrency`, options.maxConcurrency ?? 256),
    maxQueue,
    maxQueueMs: positive(`${service}: maxQueueMs`, options.maxQueueMs ?? 2_000, maxQueueMsLimit),
    pushbackMs: positive(`${service}: pushbackMs`, options.pushbackMs ?? 50),
    timeoutMs: positive(`${service}: timeoutMs`, options.timeoutMs ?? 10_000),
    windowBytes: positive(
      `${service}: windowBytes`,
      options.windowBytes ?? defaultWindowBytes,
      maxWindowBytes,
    ),
    maxMessageBytes: positive(
      `${service}: maxMessageBytes`,
      options.maxMessageBytes ?? defaultMaxMessageBytes,
      2 ** 31,
    ),
    interceptors: options.interceptors ?? [],
    queueGroup,
  };
}
