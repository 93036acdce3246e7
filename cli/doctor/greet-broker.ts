import { connect } from 'node:net';

/** What a NATS server says of itself to whoever connects. */
export interface BrokerGreeting {
  readonly version: string;
  readonly jetstream: boolean;
  readonly name: string;
}

const timeoutMs = 2_000;
const maxGreeting = 64 * 1024;

/** Connects, and reads the first line. @throws Error telling why there is none. */
export async function greetBroker(servers: string): Promise<BrokerGreeting> {
  const first = servers.split(',')[0]?.trim() ?? '';
  const url = new URL(first.includes('://') ? first : `nats://${first}`);
  const socket = connect(Number(url.port || 4222), url.hostname);
  try {
    const line = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setTimeout(timeoutMs, () => reject(new Error(`it said nothing within ${timeoutMs} ms`)));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('it closed the connection')));
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const end = text.indexOf('\r\n');
        if (end >= 0) resolve(text.slice(0, end));
        else if (text.length > maxGreeting) reject(new Error('it is no NATS server'));
      });
    });
    if (!line.startsWith('INFO ')) throw new Error('it is no NATS server');
    const {
      version = '?',
      jetstream = false,
      server_name: name = '',
    } = JSON.parse(line.slice('INFO '.length));
    return { version, jetstream, name };
  } finally {
    socket.destroy();
  }
}
