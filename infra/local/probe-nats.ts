import { connect } from 'node:net';
import { compareVersions, MINIMUM_VERSION } from '../nats/server-version.ts';

const DEFAULT_PORT = 4222;

/** What a NATS server says of itself before anything else. */
export interface NatsGreeting {
  readonly version: string;
  readonly jetStream: boolean;
}

/**
 * Looks whether a NATS server that is usable for busline answers at one of the addresses of `NATS_URL`. It sends
 * nothing: a server greets whoever connects. Undefined when a server answers but greets only over TLS.
 *
 * @throws Error that names the addresses and what is wrong with them.
 */
export async function probeNats(urls: string, timeoutMs = 3_000): Promise<NatsGreeting | undefined> {
  const problems: string[] = [];
  for (const url of urls.split(',').map((part) => part.trim())) {
    try {
      const greeting = await readGreeting(parseNatsUrl(url), timeoutMs);
      if (greeting !== undefined) checkUsable(greeting);
      return greeting;
    } catch (error) {
      problems.push(`${withoutPassword(url)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `NATS_URL names no usable NATS server.\n  ${problems.join('\n  ')}\nCorrect or start it, or unset NATS_URL to have one started.`,
  );
}

export function parseNatsUrl(url: string): { host: string; port: number } {
  const address = URL.parse(url.includes('://') ? url : `nats://${url}`);
  if (address === null || address.hostname === '')
    throw new Error('not an address such as nats://127.0.0.1:4222');
  return { host: address.hostname.replace(/^\[|\]$/g, ''), port: Number(address.port || DEFAULT_PORT) };
}

/** The text of a server's INFO line; undefined when it is none. */
export function parseGreeting(line: string): NatsGreeting | undefined {
  if (!line.startsWith('INFO {')) return undefined;
  const info: unknown = JSON.parse(line.slice('INFO '.length));
  if (typeof info !== 'object' || info === null || !('version' in info)) return undefined;
  return { version: String(info.version), jetStream: 'jetstream' in info && info.jetstream === true };
}

async function readGreeting(
  { host, port }: { host: string; port: number },
  timeoutMs: number,
): Promise<NatsGreeting | undefined> {
  return await new Promise((resolve, reject) => {
    let received = '';
    let connected = false;
    const socket = connect({ host, port });
    const finish = (outcome: NatsGreeting | Error | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(
      () => finish(connected ? undefined : new Error(`does not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    socket.setEncoding('utf8');
    socket.once('connect', () => {
      connected = true;
    });
    socket.once('error', (error: NodeJS.ErrnoException) => finish(new Error(error.code ?? error.message)));
    socket.once('end', () => finish(new Error('closed the connection')));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\r\n');
      if (end >= 0 || received.length > 65_536) {
        finish(parseGreeting(received.slice(0, end)) ?? new Error('something answers there, but not NATS'));
      }
    });
  });
}

function checkUsable({ version, jetStream }: NatsGreeting): void {
  if (compareVersions(version.split('-')[0] ?? version, MINIMUM_VERSION) < 0) {
    throw new Error(`is version ${version}, older than the required ${MINIMUM_VERSION}`);
  }
  if (!jetStream) throw new Error('runs without JetStream, which busline needs (start it with --jetstream)');
}

/** For messages: the address without a user's name and password. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/g, '//');
}
