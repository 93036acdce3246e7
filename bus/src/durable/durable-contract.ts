import { type DescMethod, type DescMethodUnary, getOption, hasOption } from '@bufbuild/protobuf';
import { type Duration, durationMs } from '@bufbuild/protobuf/wkt';
import { Answer, method as durableOption } from '@busline/schemas/busline/durable/v1/options';

/** A durable method as its contract describes it, with every default filled in. */
export interface DurableContract {
  readonly method: DescMethodUnary;
  /** Full name of the service. */
  readonly service: string;
  /** `orders.v1.OrderService/PlaceOrder`. */
  readonly name: string;
  /** How a caller at the edge is answered who states no preference. */
  readonly answer: 'wait' | 'operation';
  readonly keepResultMs: number;
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Deadline of one attempt. */
  readonly attemptTimeoutMs: number;
  readonly keyRequired: boolean;
}

const defaultKeepResultMs = 24 * 60 * 60 * 1000;
/** As for consumers of events. */
const defaultMaxAttempts = 10;
const defaultFirstDelayMs = 1_000;
const defaultMaxDelayMs = 60_000;
/** Longer than any caller would wait: that is what such methods are for. */
const defaultAttemptTimeoutMs = 5 * 60 * 1000;

const known = new WeakMap<DescMethod, DurableContract>();

/**
 * Reads the option `busline.durable.v1.method`; undefined for a method without it.
 *
 * @throws TypeError naming the method, for one that is no unary method or an option that cannot be used.
 */
export function durableContract(method: DescMethod): DurableContract | undefined {
  const earlier = known.get(method);
  if (earlier !== undefined) return earlier;
  if (!hasOption(method, durableOption)) return undefined;
  const service = method.parent.typeName;
  const name = `${service}/${method.name}`;
  if (method.methodKind !== 'unary') {
    throw new TypeError(
      `${name} cannot be durable: it is a ${method.methodKind.replace('_', ' ')} method, and only unary ones can be stored and run again; take the option (busline.durable.v1.method) away`,
    );
  }
  const option = getOption(method, durableOption);
  const ms = (field: string, duration: Duration | undefined, fallback: number, leastMs: number): number => {
    const value = duration === undefined ? fallback : durationMs(duration);
    if (value >= leastMs && value <= maxMs) return value;
    throw new TypeError(
      `${name}: ${field} of (busline.durable.v1.method) must be from ${leastMs} ms to ${maxMs} ms, not ${value} ms`,
    );
  };
  const firstDelayMs = ms('first_delay', option.firstDelay, defaultFirstDelayMs, 1);
  const contract: DurableContract = {
    method: method as DescMethodUnary,
    service,
    name,
    answer: option.answer === Answer.OPERATION ? 'operation' : 'wait',
    keepResultMs: ms('keep_result', option.keepResult, defaultKeepResultMs, 1_000),
    maxAttempts: attempts(name, option.maxAttempts || defaultMaxAttempts),
    firstDelayMs,
    maxDelayMs: ms('max_delay', option.maxDelay, Math.max(defaultMaxDelayMs, firstDelayMs), firstDelayMs),
    attemptTimeoutMs: ms('attempt_timeout', option.attemptTimeout, defaultAttemptTimeoutMs, 1),
    keyRequired: option.requireIdempotencyKey,
  };
  known.set(method, contract);
  return contract;
}

/** Longest delay of a Node.js timer, about 24.8 days. */
const maxMs = 2 ** 31 - 1;

function attempts(name: string, value: number): number {
  if (value <= 1_000) return value;
  throw new TypeError(
    `${name}: max_attempts of (busline.durable.v1.method) must be at most 1000, not ${value}`,
  );
}
