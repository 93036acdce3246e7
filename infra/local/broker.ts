import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findNatsServer } from '../nats/index.ts';
import { choosePort } from './choose-port.ts';
import type { EventListener } from './events.ts';
import type { Fleet } from './fleet.ts';
import { probeNats } from './probe-nats.ts';
import type { Replicas } from './replicas.ts';

export interface BrokerOptions {
  /** A server that runs already; empty or absent: start one. */
  readonly natsUrl: string | undefined;
  readonly port: number;
  /** For the data of a server that is started. */
  readonly directory: string;
  /** Keep its data in a temporary directory instead. */
  readonly ephemeral: boolean;
  readonly fleet: Fleet;
  readonly onEvent: EventListener;
  /** Gives the preparation up. */
  readonly signal: AbortSignal | undefined;
}

/** The NATS server that a stack uses. */
export interface Broker {
  /** For `NATS_URL` of the processes. */
  readonly url: string;
  /** On which a server will listen that is started here. */
  readonly ports: readonly number[];
  /** What it is and where it came from, for people. */
  readonly description: string;
  /** Absent when the server was there before. */
  readonly replicas: Replicas | undefined;
  /** Removes what the server shall leave nothing of, once it has ended. */
  cleanUp(): Promise<void>;
}

/** Finds the server to use, or what is needed to start one. Rejects with the reasons when there is neither. */
export async function prepareBroker(options: BrokerOptions): Promise<Broker> {
  const { natsUrl, onEvent } = options;
  if (natsUrl) {
    const greeting = await probeNats(natsUrl);
    return {
      url: natsUrl,
      description: `${greeting === undefined ? 'NATS' : `nats-server ${greeting.version}`} from NATS_URL`,
      ports: [],
      replicas: undefined,
      cleanUp: async () => {},
    };
  }
  const server = await findNatsServer({
    onProgress: (search) => onEvent({ type: 'nats-search', search }),
    ...(options.signal && { signal: options.signal }),
  });
  const port = await choosePort(options.port);
  if (options.port !== 0 && port !== options.port) {
    onEvent({ type: 'port-moved', what: 'NATS', wanted: options.port, used: port });
  }
  const { ephemeral } = options;
  const directory = ephemeral ? await mkdtemp(join(tmpdir(), 'busline-')) : options.directory;
  const replicas = options.fleet.nats({ directory, server, config: { port } });
  const data = ephemeral ? 'JetStream, forgotten at the end' : `JetStream in ${shortPath(directory)}`;
  return {
    url: `nats://127.0.0.1:${port}`,
    description: `nats-server ${server.version} (${server.origin}), ${data}`,
    ports: [port],
    replicas,
    async cleanUp() {
      if (ephemeral) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Relative to the working directory where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
