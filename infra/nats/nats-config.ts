/** What a server's configuration is made from. Durations in milliseconds, sizes in bytes. */
export interface NatsConfig {
  /** Unique in a cluster; shown by every tool. Default `busline`. */
  readonly serverName?: string;
  /** Default 127.0.0.1: nothing outside this machine reaches a server that was not told otherwise. */
  readonly host?: string;
  /** 0 takes a free port. Default 4222. */
  readonly port?: number;
  /** Port of the monitoring HTTP server (`/varz`, `/healthz`), 0 for a free one. Default: none. */
  readonly monitorPort?: number;
  /** Absent: the server has no JetStream. */
  readonly jetStream?: JetStreamConfig;
  /** Largest message, header included. Default 1 MiB, the server's own. At most 64 MiB, the server's limit. */
  readonly maxPayloadBytes?: number;
  /**
   * How often the server pings a silent client. Default 20 000 in place of the server's 120 000: a client whose
   * machine vanished is noticed after two missed pings, within a minute.
   */
  readonly pingIntervalMs?: number;
  /** A client that accepts no bytes for this long is cut off. Default 10 000, the server's own. */
  readonly writeDeadlineMs?: number;
  readonly cluster?: ClusterConfig;
  /** Who may connect. Absent: anyone who reaches the port. */
  readonly users?: readonly NatsUser[];
  readonly tls?: TlsConfig;
}

export interface JetStreamConfig {
  /** The server keeps its data in the folder `jetstream` below this directory. */
  readonly storeDir: string;
  /** Default 256 MiB. */
  readonly maxMemoryBytes?: number;
  /** Default 10 GiB. */
  readonly maxFileBytes?: number;
  /**
   * How often written messages are forced to the disk (`sync_interval`); `'always'` does it before each ack.
   * Default 10 000.
   *
   * An ack means "written to the operating system": it survives the death of any process, the server's too, at
   * every setting. The interval decides what a power cut or a kernel crash may take. The server's own default is
   * two minutes, meant for clusters where two replicas still have the message; a single node has none, so ten
   * seconds. `always` takes nothing, and costs two thirds of the rate of single publishes and nine tenths of the
   * rate of windowed ones (measured), which is right for a single node that holds the only copy of real data.
   */
  readonly syncIntervalMs?: number | 'always';
}

export interface ClusterConfig {
  readonly name: string;
  /** Port that the other nodes connect to. */
  readonly port: number;
  /** Addresses of all nodes; a node ignores its own. */
  readonly routes: readonly string[];
}

export interface NatsUser {
  readonly user: string;
  readonly password: string;
  /** Absent: everything. */
  readonly permissions?: {
    readonly publish?: SubjectRules;
    readonly subscribe?: SubjectRules;
  };
}

export interface SubjectRules {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates that client certificates must be issued by. */
  readonly caFile?: string;
  /** Refuse clients without a certificate from `caFile`. Default false. */
  readonly verifyClients?: boolean;
  /** Start TLS before the server's INFO. Default false, as for the server. */
  readonly handshakeFirst?: boolean;
}

/** Paths the process itself needs, decided by whoever starts it. */
export interface NatsFiles {
  readonly logFile: string;
  readonly portsDir: string;
}

/** The log is rotated at this size and one old file kept. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;

/**
 * The text of a server's configuration file. Every value is written in JSON, which the format contains, so no name,
 * password or path can end its own string.
 *
 * @throws RangeError for a port, size or duration the server would refuse or misread.
 */
export function natsConfig(config: NatsConfig, files: NatsFiles): string {
  const host = config.host ?? '127.0.0.1';
  const settings: Record<string, unknown> = {
    server_name: config.serverName ?? 'busline',
    listen: address(host, config.port ?? 4222),
    ports_file_dir: files.portsDir,
    log_file: files.logFile,
    logfile_size_limit: MAX_LOG_BYTES,
    logfile_max_num: 2,
    max_payload: inRange('maxPayloadBytes', config.maxPayloadBytes ?? 1024 * 1024, 64 * 1024 * 1024),
    ping_interval: milliseconds('pingIntervalMs', config.pingIntervalMs ?? 20_000),
    write_deadline: milliseconds('writeDeadlineMs', config.writeDeadlineMs ?? 10_000),
  };
  if (config.monitorPort !== undefined) settings.http = address(host, config.monitorPort);
  if (config.jetStream !== undefined) settings.jetstream = jetStream(config.jetStream);
  if (config.cluster !== undefined) settings.cluster = cluster(config.cluster, host);
  if (config.users !== undefined) settings.authorization = { users: config.users };
  if (config.tls !== undefined) settings.tls = tls(config.tls);
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value, null, 2)}`);
  return `${lines.join('\n')}\n`;
}

function jetStream(config: JetStreamConfig): Record<string, unknown> {
  const sync = config.syncIntervalMs ?? 10_000;
  return {
    store_dir: config.storeDir,
    max_memory_store: inRange('maxMemoryBytes', config.maxMemoryBytes ?? 256 * 1024 * 1024),
    max_file_store: inRange('maxFileBytes', config.maxFileBytes ?? 10 * 1024 * 1024 * 1024),
    sync_interval: sync === 'always' ? sync : milliseconds('syncIntervalMs', sync),
  };
}

function cluster(config: ClusterConfig, host: string): Record<string, unknown> {
  return { name: config.name, listen: address(host, config.port), routes: config.routes };
}

function tls(config: TlsConfig): Record<string, unknown> {
  return {
    cert_file: config.certFile,
    key_file: config.keyFile,
    ...(config.caFile === undefined ? {} : { ca_file: config.caFile }),
    ...(config.verifyClients ? { verify: true } : {}),
    ...(config.handshakeFirst ? { handshake_first: true } : {}),
  };
}

/** The server writes a free port as -1; here it is 0, as everywhere in Node. */
function address(host: string, port: number): string {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`port must be a whole number from 0 to 65535, not ${port}`);
  }
  return `${host}:${port === 0 ? -1 : port}`;
}

function milliseconds(name: string, value: number): string {
  return `${inRange(name, value)}ms`;
}

function inRange(name: string, value: number, maximum = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 1 || value > maximum) {
    throw new RangeError(`${name} must be a whole number from 1 to ${maximum}, not ${value}`);
  }
  return value;
}
