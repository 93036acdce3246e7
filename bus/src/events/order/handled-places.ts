/**
 * Places in the stream of events that were handled here, as long as the broker may not know: one whose acknowledgement
 * was lost comes again, and must not run after its successors.
 */
export interface HandledPlaces {
  readonly size: number;
  add(sequence: number): void;
  has(sequence: number): boolean;
  /** The broker knows of everything up to `sequence`. */
  acknowledgedTo(sequence: number): void;
}

export function createHandledPlaces(): HandledPlaces {
  const places = new Set<number>();
  let known = 0;
  return {
    get size() {
      return places.size;
    },
    add: (sequence) => places.add(sequence),
    has: (sequence) => sequence <= known || places.has(sequence),
    acknowledgedTo(sequence) {
      known = sequence;
      for (const place of places) if (place <= sequence) places.delete(place);
    },
  };
}
