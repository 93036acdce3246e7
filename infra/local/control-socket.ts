import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { OrderOutcome } from './control.ts';

/** Where a supervisor takes orders. */
export interface ControlSocket {
  /** Path of the socket, for the session file. */
  readonly path: string;
  close(): Promise<void>;
}

/** Longest path of a socket that every system takes, in bytes (macOS: 104 with the final zero). */
const maxPathBytes = 100;

/** Longest line that is read, in characters: an order takes a hundredth of that. */
const maxLine = 64 * 1024;

/**
 * Listens on a socket in `directory` that only this user may open. A line of JSON is an order, and a line of JSON answers it:
 * `{"ok":true,…}` or `{"ok":false,"error":"…"}`.
 */
export async function openControlSocket(
  directory: string,
  carryOut: (order: unknown) => Promise<OrderOutcome>,
): Promise<ControlSocket> {
  const path = socketPath(directory);
  // A killed supervisor leaves it behind; the claim on the directory says that none runs.
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void serve(socket, carryOut);
  });
  server.listen(path);
  await once(server, 'listening');
  if (process.platform !== 'win32') await chmod(path, 0o600);
  return {
    path,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(path, { force: true });
    },
  };
}

function socketPath(directory: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\busline-${process.pid}`;
  const path = join(directory, 'control.sock');
  return Buffer.byteLength(path) <= maxPathBytes ? path : join(tmpdir(), `busline-${process.pid}.sock`);
}

async function serve(socket: Socket, carryOut: (order: unknown) => Promise<OrderOutcome>): Promise<void> {
  let characters = 0;
  socket.on('data', (chunk: Buffer) => {
    characters += chunk.length;
    if (characters > maxLine) socket.destroy();
  });
  for await (const line of createInterface({ input: socket })) {
    characters = 0;
    const answer = await carryOutLine(line, carryOut);
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
  }
}

async function carryOutLine(
  line: string,
  carryOut: (order: unknown) => Promise<OrderOutcome>,
): Promise<object> {
  try {
    return { ok: true, ...(await carryOut(JSON.parse(line))) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
