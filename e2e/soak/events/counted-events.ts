/** Where the effects are: each event of some keys counts its key up by one. */
export const effectBucket = 'soak_effects';

/** Keys of the events. Few enough that each has many, many enough that all partitions have some. */
export const keyCount = 200;

/** One key in twenty has effects in a store, which cost two round trips each. */
export function hasEffect(key: string): boolean {
  return Number(key.slice(1)) % 20 === 0;
}

/** What came of the events that were published, by what the instances noted. */
export interface Tally {
  /** Events that nobody handled. */
  readonly lost: number;
  /** Times that an event was handled after its first. */
  readonly repeated: number;
  /** First times that came before an event with a lower number of the same key. */
  readonly disordered: number;
  readonly violations: readonly string[];
}

/**
 * Compares what was handled with what was published.
 *
 * @param published How many events each key had; they count up from 1.
 * @param handled `<key> <number>` of each, in the order of handling.
 */
export function tally(published: ReadonlyMap<string, number>, handled: Iterable<string>): Tally {
  const seen = new Map<string, Set<number>>();
  const violations: string[] = [];
  let repeated = 0;
  let disordered = 0;
  const last = new Map<string, number>();
  for (const line of handled) {
    const [key = '', text = ''] = line.split(' ');
    const number = Number(text);
    const numbers = seen.get(key) ?? new Set();
    seen.set(key, numbers);
    if (numbers.has(number)) {
      repeated++;
      continue;
    }
    numbers.add(number);
    const before = last.get(key) ?? 0;
    if (number < before) {
      disordered++;
      violations.push(`${key}: ${number} was first handled after ${before}`);
    }
    last.set(key, Math.max(before, number));
  }
  let lost = 0;
  for (const [key, count] of published) {
    for (let number = 1; number <= count; number++) {
      if (seen.get(key)?.has(number)) continue;
      lost++;
      violations.push(`${key}: ${number} was never handled`);
    }
  }
  return { lost, repeated, disordered, violations: violations.slice(0, 20) };
}
