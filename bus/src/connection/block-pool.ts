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

/** Room for the largest packet of a stream (130 KiB) and the line before it. */
export const blockBytes = 140 * 1024;

/** Blocks kept for later, 1.1 MiB of them: as many packets as one stream's window lets be under way. */
const maxSpares = 8;

export function createBlockPool(): BlockPool {
  const spares: Buffer[] = [];
  return {
    take(leastBytes) {
      if (leastBytes > blockBytes) return Buffer.allocUnsafeSlow(leastBytes);
      return spares.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
    },
    give(block) {
      if (block.length === blockBytes && spares.length < maxSpares) spares.push(block);
    },
  };
}
