import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';
import { createNatsLines } from './nats-lines.ts';

export interface NatsTrace {
  /** Address to use in the broker's place. */
  readonly url: string;
  stop(): void;
}

/**
 * Stands between this process and the broker, and tells each operation that passes: what is shown is what was sent.
 *
 * @throws CommandFailure for a broker by TLS, whose bytes tell nothing.
 */
export async function startNatsTrace(servers: string, tell: (line: string) => void): Promise<NatsTrace> {
  const first = servers.split(',')[0]?.trim() ?? '';
  const url = URL.parse(first.includes('://') ? first : `nats://${first}`);
  if (url === null || url.protocol !== 'nats:') {
    throw new CommandFailure({
      code: 'TRACE_UNAVAILABLE',
      exitCode: ExitCode.usage,
      what: `--trace-api cannot look into the connection to ${first}`,
      why: 'it reads NATS in plain TCP, at a nats:// address',
      hint: 'leave --trace-api out',
    });
  }
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(Number(url.port || 4222), url.hostname);
    pass(
      client,
      broker,
      createNatsLines((line) => tell(`> ${line}`)),
    );
    pass(
      broker,
      client,
      createNatsLines((line) => tell(`< ${line}`)),
    );
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = url.username === '' ? '' : `${url.username}${url.password && `:${url.password}`}@`;
  return {
    url: `nats://${credentials}127.0.0.1:${port}`,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pass(from: Socket, to: Socket, look: (chunk: Buffer) => void): void {
  from.on('data', (chunk) => {
    look(chunk);
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
}
