import type { Duplex } from 'node:stream';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { maxTimeoutMs } from '../wire/request.ts';
import { isSubjectToken, subjectSpace } from '../wire/subject.ts';
import { defaultLogger, type Logger } from './logger.ts';

/** How a process joins the bus. */
export interface ConnectOptions {
  /** Addresses of the broker. Default: `NATS_URL` (comma-separated), else `nats://127.0.0.1:4222`. */
  readonly servers?: string | readonly string[];
  /** Name of the connection in the broker's own lists. Default: `busline`. */
  readonly name?: string;
  /** First tokens of every subject. Default: `rpc`. Everyone who is to meet must use the same. */
  readonly subjectPrefix?: string;
  /**
   * First tokens of the inbox. Default: `_INBOX`. Give each user its own (`_INBOX.<user>`) where permissions
   * keep users from reading each other's replies.
   */
  readonly inboxPrefix?: string;
  /**
   * Deadline of a call that names none, in milliseconds. Default 10,000: longer than a person waits, shorter
   * than most proxies do.
   */
  readonly timeoutMs?: number;
  /** How long `connect` keeps trying to reach the broker, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Most calls under way at once over this connection. Default 65,536. Beyond it a call fails at once with
   * RESOURCE_EXHAUSTED: with a frozen broker, calls would otherwise pile up without bound.
   */
  readonly maxCallsInFlight?: number;
  /** Most request bytes under way at once, for the same reason. Default 128 MiB. */
  readonly maxBytesInFlight?: number;
  /** Where the bus logs. Default: JSON lines on standard output by pino, level from `LOG_LEVEL`. */
  readonly logger?: Logger;
  /** Credentials and TLS, as the NATS client takes them (`user`, `pass`, `token`, `authenticator`, `tls`). */
  readonly nats?: Pick<NodeConnectionOptions, 'user' | 'pass' | 'token' | 'authenticator' | 'tls'>;
}

/** Options with every default filled in and every value checked. */
export interface CompleteOptions {
  readonly servers: string[];
  readonly name: string;
  readonly subjectPrefix: string;
  readonly inboxPrefix: string;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxCallsInFlight: number;
  readonly maxBytesInFlight: number;
  readonly logger: Logger;
  readonly nats: NonNullable<ConnectOptions['nats']>;
  /** Opens the connection instead of TCP: to a broker in this process, in tests. */
  readonly openSocket?: (() => Duplex) | undefined;
}

const defaultServer = 'nats://127.0.0.1:4222';

/**
 * Fills in defaults and checks what was given.
 *
 * @throws TypeError naming the option that cannot be used.
 */
export function completeOptions(options: ConnectOptions): CompleteOptions {
  const name = options.name ?? 'busline';
  const complete: CompleteOptions = {
    servers: serverList(options.servers ?? process.env.NATS_URL ?? defaultServer),
    name,
    subjectPrefix: options.subjectPrefix ?? 'rpc',
    inboxPrefix: options.inboxPrefix ?? '_INBOX',
    timeoutMs: positive('timeoutMs', options.timeoutMs ?? 10_000, maxTimeoutMs),
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, maxTimeoutMs),
    maxCallsInFlight: positive('maxCallsInFlight', options.maxCallsInFlight ?? 65_536, 1_048_576),
    maxBytesInFlight: positive('maxBytesInFlight', options.maxBytesInFlight ?? 128 * 1024 * 1024, 2 ** 40),
    logger: options.logger ?? defaultLogger(name),
    nats: options.nats ?? {},
  };
  subjectSpace(complete.subjectPrefix);
  if (!complete.inboxPrefix.split('.').every(isSubjectToken)) {
    throw new TypeError(
      `inboxPrefix "${complete.inboxPrefix}" must be dot-separated tokens of letters, digits, - and _`,
    );
  }
  return complete;
}

/**
 * `value` if it is a whole number from 1 to `most`.
 *
 * @throws TypeError naming the option.
 */
export function positive(option: string, value: number, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new TypeError(`${option} must be a whole number from 1 to ${most}, not ${value}`);
  }
  return value;
}

function serverList(servers: string | readonly string[]): string[] {
  const list = (typeof servers === 'string' ? servers.split(',') : servers).map((server) => server.trim());
  if (list.length === 0 || list.some((server) => server === '')) {
    throw new TypeError('servers must name at least one broker, such as nats://127.0.0.1:4222');
  }
  const web = list.find((server) => /^wss?:/i.test(server));
  if (web !== undefined) {
    throw new TypeError(
      `servers: the bus speaks TCP to its broker and cannot use ${web}; name a nats:// or tls:// address`,
    );
  }
  return [...list];
}
