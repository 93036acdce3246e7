import type { Socket } from 'node:net';
import { protocolOf } from './preface.ts';

export interface SniffOptions {
  /** How long the first bytes may take, in milliseconds; then the socket is closed. */
  readonly timeoutMs: number;
  /** Takes the socket over, with nothing read of it. */
  readonly onDecided: (protocol: 'http1' | 'http2', socket: Socket) => void;
}

/** Connections that have not shown yet which protocol they speak. */
export interface Sniffer {
  /** Waits for the first bytes of a socket. */
  sniff(socket: Socket): void;
  /** Closes those that wait. */
  closeAll(): void;
}

/**
 * Tells HTTP/2 from HTTP/1 by the first bytes of a connection. They are gathered until they decide and put back once:
 * putting back a part of them makes the socket report the same part for ever.
 */
export function createSniffer({ timeoutMs, onDecided }: SniffOptions): Sniffer {
  const waiting = new Set<Socket>();

  function sniff(socket: Socket): void {
    let firstBytes: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    waiting.add(socket);
    socket.on('readable', onReadable).on('error', ignore).on('close', forget).on('end', hangUp);

    function onReadable(): void {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        firstBytes = firstBytes.length === 0 ? chunk : Buffer.concat([firstBytes, chunk]);
      }
      const protocol = protocolOf(firstBytes);
      if (protocol === undefined) return;
      forget();
      socket.off('readable', onReadable).off('error', ignore).off('close', forget).off('end', hangUp);
      socket.unshift(firstBytes);
      onDecided(protocol, socket);
    }

    function forget(): void {
      clearTimeout(timer);
      waiting.delete(socket);
    }

    function hangUp(): void {
      socket.destroy();
    }
  }

  return {
    sniff,
    closeAll() {
      for (const socket of waiting) socket.destroy();
    },
  };
}

/** 'close' follows. */
function ignore(): void {}
