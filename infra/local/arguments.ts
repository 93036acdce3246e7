import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string };

export interface RunOptions {
  readonly apiPort: number;
  readonly natsPort: number;
  /** Instances by worker name, for the workers named on the command line. */
  readonly workers: Readonly<Record<string, number>>;
  /** Workers to run, and no others; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly ephemeral: boolean;
  readonly watch: boolean;
  /** Print lines of JSON in place of text. */
  readonly json: boolean;
}

export const DEFAULT_API_PORT = 8080;
export const DEFAULT_NATS_PORT = 4222;

/** More is a slip of the finger rather than a wish, on one machine. */
export const MAX_INSTANCES = 64;

export const HELP = `Usage: npm start -- [options], or npx busline start [options]
       npm run dev, and npx busline dev, are the same with --watch

Starts NATS, the HTTP edge and every worker in workers/ as separate processes.

  --port <port>            port of the HTTP edge, default ${DEFAULT_API_PORT}; the next free one when it is taken
  --nats-port <port>       port of NATS, default ${DEFAULT_NATS_PORT}; the next free one when it is taken
  --workers <name=n,...>   instances of a worker, for example orders=4,greeter=0
                           default: "busline": {"replicas": n} in the worker's package.json, else 1
  --only <name,...>        run these workers alone, for example orders,inventory
  --ephemeral              forget NATS's data at the end, and start without that of earlier runs
  --watch                  on save: reload what the file belongs to, without losing a call
  --json                   print what happens as lines of JSON
  --help                   this text

Environment:
  NATS_URL                 use this NATS server, start none
  NATS_SERVER_BIN          start this nats-server
  BUSLINE_CACHE            where a fetched nats-server is kept, default ~/.cache/busline
  EDGE_CONFIG              policies of the edge, see docs/security.md; without it the edge is open to this machine
  BUSLINE_CONTRACT_GATE    of workers whose contract breaks the one before it: refuse, warn or off
                           default: refuse; with --watch, on a NATS server that this starts, warn
  LOG_LEVEL                of edge and workers; their logs are in .busline/logs
  NO_COLOR                 no colours

Ctrl-C finishes what runs and stops; a second Ctrl-C stops at once.`;

/** Reads the command line, without the program's name. Whether the named workers exist is for the caller to check. */
export function parseArguments(args: readonly string[]): Command {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'nats-port': { type: 'string' },
        workers: { type: 'string' },
        only: { type: 'string' },
        ephemeral: { type: 'boolean' },
        watch: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    // parseArgs explains at length how to pass a value that starts with a dash; the first sentence is the problem.
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'invalid', problem: message.split('. ')[0] ?? message };
  }
  if (values.help) return { kind: 'help' };
  try {
    return {
      kind: 'run',
      options: {
        apiPort: parsePort('--port', values.port, DEFAULT_API_PORT),
        natsPort: parsePort('--nats-port', values['nats-port'], DEFAULT_NATS_PORT),
        workers: parseWorkers(values.workers),
        only: parseOnly(values.only),
        ephemeral: values.ephemeral === true,
        watch: values.watch === true,
        json: values.json === true,
      },
    };
  } catch (error) {
    return { kind: 'invalid', problem: error instanceof Error ? error.message : String(error) };
  }
}

function parsePort(flag: string, value: string | boolean | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const port = parseWholeNumber(value);
  if (port === undefined || port < 1 || port > 65_535) {
    throw new Error(`${flag} needs a port from 1 to 65535, not '${value}'`);
  }
  return port;
}

function parseWorkers(value: string | boolean | undefined): Record<string, number> {
  if (value === undefined) return {};
  const workers: Record<string, number> = {};
  for (const part of String(value).split(',')) {
    const [name = '', count, ...rest] = part.split('=').map((item) => item.trim());
    const instances = parseWholeNumber(count ?? '');
    if (name === '' || instances === undefined || instances > MAX_INSTANCES || rest.length > 0) {
      throw new Error(
        `--workers needs name=number pairs such as orders=4,greeter=0, numbers up to ${MAX_INSTANCES}, not '${part}'`,
      );
    }
    if (Object.hasOwn(workers, name)) throw new Error(`--workers names ${name} twice`);
    workers[name] = instances;
  }
  return workers;
}

function parseOnly(value: string | boolean | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const names = String(value)
    .split(',')
    .map((name) => name.trim());
  if (names.includes('')) throw new Error(`--only needs names such as orders,inventory, not '${value}'`);
  return [...new Set(names)];
}

function parseWholeNumber(text: string | boolean): number | undefined {
  return typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
