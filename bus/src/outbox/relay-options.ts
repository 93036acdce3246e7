import type { Logger } from '../connection/logger.ts';
import { defaultLogger } from '../connection/logger.ts';
import { positive } from '../connection/options.ts';

export interface RelayOptions {
  /** Events without an acknowledgement at any time. Default 256, as with `publishAll`. */
  readonly window?: number;
  /** Events read at once. Default 512: while one batch is acknowledged nothing else is read. */
  readonly batchSize?: number;
  /** Bytes of messages read at once. Default 8 MiB; a larger event is read by itself. */
  readonly batchBytes?: number;
  /**
   * How often to look for events nobody told of: those of other processes, delayed ones. In milliseconds, default 500.
   */
  readonly pollMs?: number;
  /**
   * How long a relay keeps its turn without a sign of life, in milliseconds. Default 5,000; at least 100. So long nothing
   * is published after the relay's process was killed. It is prolonged after a third of it.
   */
  readonly leaseMs?: number;
  /** How long to try one event before the relay pauses, in milliseconds. Default 15,000, as with `publish`. */
  readonly timeoutMs?: number;
  /** Hears of events that are set aside, and of a database that does not answer. Default: JSON lines on standard output. */
  readonly logger?: Logger;
}

export type CompleteRelayOptions = Required<RelayOptions>;

/** @throws TypeError naming the option that cannot be used. */
export function completeRelayOptions(options: RelayOptions): CompleteRelayOptions {
  const check = (name: Exclude<keyof RelayOptions, 'logger'>, fallback: number, most: number): number =>
    positive(`startRelay: ${name}`, options[name] ?? fallback, most);
  const leaseMs = check('leaseMs', 5_000, 3_600_000);
  if (leaseMs < 100) throw new TypeError(`startRelay: leaseMs must be at least 100, not ${leaseMs}`);
  return {
    window: check('window', 256, 65_536),
    batchSize: check('batchSize', 512, 65_536),
    batchBytes: check('batchBytes', 8 * 1024 * 1024, 2 ** 30),
    pollMs: check('pollMs', 500, 3_600_000),
    leaseMs,
    timeoutMs: check('timeoutMs', 15_000, 3_600_000),
    logger: options.logger ?? defaultLogger('outbox'),
  };
}
