import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152). */
const RANGE = { from: 20_000, to: 32_000 };

const ATTEMPTS = 100;

/**
 * A port on which nothing listens, outside the range of outgoing connections. Inside it, a client that keeps dialling
 * a server that is down can be given that very port as its own and connect to itself, and the server cannot return.
 */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (await isPortFree(port, host)) return port;
  }
  throw new Error(`no free port between ${RANGE.from} and ${RANGE.to} on ${host} after ${ATTEMPTS} attempts`);
}

/** Whether a server could listen there now. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
