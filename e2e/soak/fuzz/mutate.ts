import type { SeededRandom } from '../seeded-random.ts';

/** One of `choices`. */
export function oneOf<T>(random: SeededRandom, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}

export function randomBytes(random: SeededRandom, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = random.below(256);
  return bytes;
}

const mutations: readonly ((random: SeededRandom, bytes: Buffer) => Buffer)[] = [
  // A bit flipped.
  (random, bytes) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    return bytes;
  },
  // A byte that parsers look at.
  (random, bytes) => {
    bytes[random.below(bytes.length)] = oneOf(random, [0, 0x0a, 0x0d, 0x20, 0x22, 0x3a, 0x7f, 0x80, 0xff]);
    return bytes;
  },
  // The end missing.
  (random, bytes) => bytes.subarray(0, random.below(bytes.length)),
  // A piece missing, twice, or strange.
  (random, bytes) => {
    const from = random.below(bytes.length);
    const to = from + random.below(bytes.length - from);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (random, bytes) => {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes, bytes.subarray(from, from + 64)]);
  },
  (random, bytes) => {
    const at = random.below(bytes.length);
    return Buffer.concat([
      bytes.subarray(0, at),
      randomBytes(random, 1 + random.below(16)),
      bytes.subarray(at),
    ]);
  },
];

/** `bytes` with up to four things wrong; now and then with none. */
export function mutate(random: SeededRandom, bytes: Uint8Array): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let left = random.below(5); left > 0 && mutated.length > 0; left--) {
    mutated = oneOf(random, mutations)(random, mutated);
  }
  return mutated;
}
