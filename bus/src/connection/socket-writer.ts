import type { Socket } from 'node:net';
import type { NatsConnection } from '@nats-io/nats-core';
import type { BlockPool } from './block-pool.ts';

/** A message that is written where it is wanted, rather than handed over as bytes. */
export interface OutgoingPayload {
  readonly size: number;
  /** Writes exactly `size` bytes. */
  writeTo(bytes: Buffer, at: number): void;
}

/**
 * Sends a large message to the broker without the client's copy of it: protocol line and message are written into a block
 * that goes to the socket and comes back to the pool. Returns false where the client's private fields are not as expected
 * or it is not connected; the message is then the client's to send. Order is kept: what the client has buffered goes first.
 */
export type SocketWriter = (subject: string, reply: string | undefined, payload: OutgoingPayload) => boolean;

interface PrivateParts {
  readonly connected?: boolean;
  flushPending?(): void;
  readonly transport?: { readonly isClosed?: boolean; readonly socket?: Socket };
}

export function createSocketWriter(nats: NatsConnection, blocks: BlockPool): SocketWriter {
  return (subject, reply, payload) => {
    const { protocol } = nats as unknown as { protocol?: PrivateParts };
    const socket = protocol?.transport?.socket;
    if (protocol?.connected !== true || protocol.transport?.isClosed !== false) return false;
    if (socket?.writable !== true || protocol.flushPending === undefined) return false;
    const address = reply === undefined ? subject : `${subject} ${reply}`;
    const line = `PUB ${address} ${payload.size}\r\n`;
    const size = Buffer.byteLength(line) + payload.size + 2;
    const block = blocks.take(size);
    try {
      const start = block.write(line, 0, 'utf8');
      payload.writeTo(block, start);
      block.write('\r\n', size - 2, 'latin1');
    } catch (error) {
      blocks.give(block);
      throw error;
    }
    protocol.flushPending();
    socket.write(block.subarray(0, size), () => blocks.give(block));
    return true;
  };
}
