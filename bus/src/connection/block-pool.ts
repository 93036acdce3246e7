/**
 * Buffers for bytes on their way out, used again and again: memory of the size of a packet, got anew for each, costs the
 * kernel a fault per page and V8 a full collection every few hundred packets.
 */
export interface BlockPool {
  /** A buffer of at least so many bytes, with whatever was in it before. */
  take(leastBytes: number): Buffer;
  /** Gives a buffer back; nobody may hold a view of it any more. */
  give(block: Buffer): void;
}

/** Room for two messages of 64 KiB that wait in line, or for what a turn of the event loop has to send. */
export const blockBytes = 140 * 1024;
/** Room for the largest packet of a stream (262 KiB) and the line before it. */
export const largeBlockBytes = 272 * 1024;

/** Blocks of each size kept for later, 3.2 MiB of them all: as many packets as two streams' windows let be under way. */
const maxSpares = 8;

export function createBlockPool(): BlockPool {
  const spares: Readonly<Record<number, Buffer[]>> = { [blockBytes]: [], [largeBlockBytes]: [] };
  return {
    take(leastBytes) {
      if (leastBytes > largeBlockBytes) return Buffer.allocUnsafeSlow(leastBytes);
      const size = leastBytes > blockBytes ? largeBlockBytes : blockBytes;
      return spares[size]?.pop() ?? Buffer.allocUnsafeSlow(size);
    },
    give(block) {
      const same = spares[block.length];
      if (same !== undefined && same.length < maxSpares) same.push(block);
    },
  };
}
