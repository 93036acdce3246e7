/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
}

/** A linear congruential generator modulo 2^32; its upper bits, the better ones, decide. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    below(end) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * end);
    },
  };
}
