import { type Environment, maxTimerMs, readWhole } from '../environment.ts';

/** How the edge treats connections, before a request is read. Times in milliseconds, sizes in bytes. */
export interface PortSettings {
  /** TLS where it is set; else cleartext, for loopback or behind a proxy that ends TLS. */
  readonly tls: TlsSettings | undefined;
  /**
   * `MAX_CONNECTIONS`: more are closed as they come. Default 10 000. Together with `windowBytes` it bounds the memory
   * that clients can fill without being read.
   */
  readonly maxConnections: number;
  /** `PREFACE_TIMEOUT_MS`: how long a new connection may take to show its protocol, or to shake hands. Default 5 s. */
  readonly prefaceTimeoutMs: number;
  /** `HEADERS_TIMEOUT_MS`: how long the header of an HTTP/1 request may take; then it is answered with 408. Default 20 s. */
  readonly headersTimeoutMs: number;
  /**
   * `KEEP_ALIVE_TIMEOUT_MS`: how long an HTTP/1 connection stays open for a next request. Default 75 s: more than the
   * 60 s of common load balancers, so that these close first and never send into a connection that is just closing.
   */
  readonly keepAliveTimeoutMs: number;
  /** `MAX_HEADER_BYTES`: of one request, as text. Default 16 KiB; HTTP/1 answers 431, HTTP/2 resets the stream. */
  readonly maxHeaderBytes: number;
  /** `H2_MAX_STREAMS`: requests under way on one connection. Default 250; clients wait or open another. */
  readonly maxStreams: number;
  /**
   * `H2_WINDOW_BYTES`: what a client may send ahead on one stream. Default 1 MiB, so that an upload is not slowed by the
   * round trip (10 ms at 100 MB/s). A connection gets four times as much, so that one stream that waits stops no other.
   */
  readonly windowBytes: number;
  /** `H2_IDLE_TIMEOUT_MS`: how long a connection without requests stays open. Default 5 minutes. */
  readonly idleTimeoutMs: number;
  /** `H2_PING_INTERVAL_MS`: how often a client with requests under way must show that it lives. Default 30 s. */
  readonly pingIntervalMs: number;
  /** `H2_PING_TIMEOUT_MS`: how long it may take to. Default 10 s; then its connection is cut. */
  readonly pingTimeoutMs: number;
  /**
   * `SHUTDOWN_LINGER_MS`: how long a connection may be silent when the edge leaves: longer than a request travels.
   * Default 250.
   */
  readonly lingerMs: number;
}

export interface TlsSettings {
  /** `TLS_CERT_FILE`: the certificate and those that issued it, PEM. */
  readonly certFile: string;
  /** `TLS_KEY_FILE`: its private key, PEM. */
  readonly keyFile: string;
  /** `TLS_CLIENT_CA_FILE`: who issues certificates to clients, PEM. Without it none are asked for. */
  readonly clientCaFile: string | undefined;
  /** `TLS_CLIENT_CERT`: whether a client without certificate is turned away (`require`, the default) or not (`request`). */
  readonly clientCert: 'require' | 'request';
  /** `TLS_RELOAD_MS`: how often the files are looked at; a changed pair serves new connections. Default 10 s. */
  readonly reloadIntervalMs: number;
}

export const defaultPortSettings: PortSettings = {
  tls: undefined,
  maxConnections: 10_000,
  prefaceTimeoutMs: 5_000,
  headersTimeoutMs: 20_000,
  keepAliveTimeoutMs: 75_000,
  maxHeaderBytes: 16 * 1024,
  maxStreams: 250,
  windowBytes: 1024 * 1024,
  idleTimeoutMs: 300_000,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  lingerMs: 250,
};

/** Reads the variables named above. @throws TypeError naming the variable. */
export function readPortSettings(env: Environment): PortSettings {
  const standard = defaultPortSettings;
  const timeMs = (name: string, standardMs: number): number =>
    readWhole(env, { name, standard: standardMs, min: 1, max: maxTimerMs });
  return {
    tls: readTls(env),
    maxConnections: readWhole(env, {
      name: 'MAX_CONNECTIONS',
      standard: standard.maxConnections,
      min: 1,
      max: 1_000_000,
    }),
    prefaceTimeoutMs: timeMs('PREFACE_TIMEOUT_MS', standard.prefaceTimeoutMs),
    headersTimeoutMs: timeMs('HEADERS_TIMEOUT_MS', standard.headersTimeoutMs),
    keepAliveTimeoutMs: timeMs('KEEP_ALIVE_TIMEOUT_MS', standard.keepAliveTimeoutMs),
    maxHeaderBytes: readWhole(env, {
      name: 'MAX_HEADER_BYTES',
      standard: standard.maxHeaderBytes,
      min: 1024,
      max: 1024 * 1024,
    }),
    maxStreams: readWhole(env, {
      name: 'H2_MAX_STREAMS',
      standard: standard.maxStreams,
      min: 1,
      max: 100_000,
    }),
    windowBytes: readWhole(env, {
      name: 'H2_WINDOW_BYTES',
      standard: standard.windowBytes,
      // The least of RFC 9113, section 6.9.2; a quarter of the most, because a connection gets four times as much.
      min: 65_535,
      max: 2 ** 29 - 1,
    }),
    idleTimeoutMs: timeMs('H2_IDLE_TIMEOUT_MS', standard.idleTimeoutMs),
    pingIntervalMs: timeMs('H2_PING_INTERVAL_MS', standard.pingIntervalMs),
    pingTimeoutMs: timeMs('H2_PING_TIMEOUT_MS', standard.pingTimeoutMs),
    lingerMs: timeMs('SHUTDOWN_LINGER_MS', standard.lingerMs),
  };
}

function readTls(env: Environment): TlsSettings | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: clientCaFile } = env;
  if (!certFile && !keyFile) {
    if (clientCaFile)
      throw new TypeError('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE beside it');
    return undefined;
  }
  if (!certFile) throw new TypeError('TLS_KEY_FILE needs TLS_CERT_FILE beside it');
  if (!keyFile) throw new TypeError('TLS_CERT_FILE needs TLS_KEY_FILE beside it');
  const clientCert = env.TLS_CLIENT_CERT || 'require';
  if (clientCert !== 'require' && clientCert !== 'request') {
    throw new TypeError(`TLS_CLIENT_CERT must be "require" or "request", not "${clientCert}"`);
  }
  return {
    certFile,
    keyFile,
    clientCaFile: clientCaFile || undefined,
    clientCert,
    reloadIntervalMs: readWhole(env, { name: 'TLS_RELOAD_MS', standard: 10_000, min: 1, max: maxTimerMs }),
  };
}
